"""Patches: JSON patch, JSON merge patch and strategic merge patch, each a pure function from a document to a document."""
