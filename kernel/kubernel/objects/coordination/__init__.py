"""Leases of coordination.k8s.io: their schema, rules and printer columns."""
