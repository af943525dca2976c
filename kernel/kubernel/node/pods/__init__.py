"""One pod at a time: what it should be, what the runtime says it is, the next step between the two, and what the API is told."""
