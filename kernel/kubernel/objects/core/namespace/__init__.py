"""Namespaces: their schema, rules and printer columns."""
