"""Asking containers how they are, and running what their lifecycle asks for: over HTTP, by a TCP connection, by a command."""
