"""The composition root: the one place that opens what is configured and wires plugins into running components."""
