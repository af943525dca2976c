"""Which nodes suit a pod better: one file for each view."""
