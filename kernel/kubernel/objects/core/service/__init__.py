"""Services: their schema, their addresses and node ports, rules and printer columns."""
