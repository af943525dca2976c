"""One suite for each port: subclass it, fill in the fixture, and every promise of the port is tried on your implementation."""
