"""Pods that nobody looks after any more."""
