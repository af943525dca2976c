"""Addresses and ports that kubernel hands out: loopback ranges that Linux lets any user bind.

A host has sixteen slots, one per running cluster: slot N owns 127.(64+N).0.0/16 for pods and 127.(96+N).0.0/16 for services.
"""

SLOTS = 16
NODE_PORTS = range(30000, 32768)


def pod_cidr(slot: int) -> str:
    """The pods' addresses of a slot; each node takes a /24 of it."""
    return f"127.{64 + slot}.0.0/16"


def service_cidr(slot: int) -> str:
    """The services' cluster addresses of a slot; the first one is the API server's."""
    return f"127.{96 + slot}.0.0/16"


def first_address(cidr: str) -> str:
    """The first usable address of a range: 127.96.0.1 of 127.96.0.0/16."""
    from ipaddress import ip_network

    return str(next(ip_network(cidr).hosts()))
