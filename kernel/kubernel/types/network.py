"""Addresses and ports that kubernel hands out: loopback ranges that Linux lets any user bind."""

POD_CIDR = "127.64.0.0/12"
SERVICE_CIDR = "127.96.0.0/12"
NODE_PORTS = range(30000, 32768)
