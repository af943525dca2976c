"""Pods: what they are made of, what makes one valid, what `kubectl get` shows of them."""
