"""Endpoints: their schema, rules and printer columns."""
