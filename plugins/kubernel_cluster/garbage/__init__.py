"""Garbage collection: what depends on an object that is gone goes too."""
