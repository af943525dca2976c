"""Endpoint slices of discovery.k8s.io: their schema, rules and printer columns."""
