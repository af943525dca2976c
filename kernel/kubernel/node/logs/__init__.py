"""Containers' logs: the files that runtimes write, read as `kubectl logs` asks for them, and kept from growing without end."""
