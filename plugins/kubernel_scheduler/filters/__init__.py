"""Which nodes can take a pod: one file for each reason to refuse."""
