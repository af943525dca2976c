"""Nodes: their schema, rules and printer columns."""
