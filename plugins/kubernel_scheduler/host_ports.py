"""Which ports of its host each pod wants to have for itself."""

from typing import TypeAlias

from kubernel.types.json import Object

HostPort: TypeAlias = tuple[str, str, int]
"""Address ("0.0.0.0" is all), protocol, port."""
_ALL = "0.0.0.0"


def host_ports_of(spec: Object) -> tuple[HostPort, ...]:
    """The host ports of a pod's containers; on the host's network each container port is one."""
    host_network = bool(spec.get("hostNetwork"))
    found: dict[HostPort, None] = {}
    sidecars = [c for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"]
    for container in [*sidecars, *(spec.get("containers") or ())]:
        for port in container.get("ports") or ():
            number = port.get("hostPort") or (port.get("containerPort") if host_network else 0)
            if number:
                found[port.get("hostIP") or _ALL, port.get("protocol") or "TCP", int(number)] = None
    return tuple(found)


class PortTable:
    """Who holds which port: by port first, since almost no pod asks and almost no port is taken."""

    def __init__(self) -> None:
        self._holders: dict[tuple[str, int], dict[int, dict[str, int]]] = {}

    def take(self, row: int, ports: tuple[HostPort, ...], sign: int) -> None:
        """A pod comes (`sign` 1) or goes (-1)."""
        for address, protocol, number in ports:
            rows = self._holders.setdefault((protocol, number), {})
            addresses = rows.setdefault(row, {})
            addresses[address] = addresses.get(address, 0) + sign
            if not addresses[address]:
                del addresses[address]
            if not addresses:
                del rows[row]
            if not rows:
                del self._holders[protocol, number]

    def taken(self, ports: tuple[HostPort, ...]) -> set[int]:
        """The rows on which at least one of these ports cannot be had."""
        rows: set[int] = set()
        for address, protocol, number in ports:
            for row, addresses in self._holders.get((protocol, number), {}).items():
                if address == _ALL or address in addresses or _ALL in addresses:
                    rows.add(row)
        return rows
