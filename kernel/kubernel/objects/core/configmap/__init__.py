"""ConfigMaps: their schema, rules and printer columns."""
