"""Deployments: their schema, rules and printer columns; the controller lives beside them."""
