"""Service accounts: their schema and printer columns."""
