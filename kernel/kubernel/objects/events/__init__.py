"""Events of events.k8s.io: another view of the core events."""
