"""Secrets: their schema, rules and printer columns."""
