"""Events of the core group: their schema, rules and printer columns."""
