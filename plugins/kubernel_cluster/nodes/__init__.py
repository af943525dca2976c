"""Nodes: their heartbeat is watched, their troubles become taints, pods leave them, each gets a range of addresses."""
