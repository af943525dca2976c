"""Addresses and node ports of services: picked at random or taken as asked for, and claimed so that nobody else gets them.

A claim is a key of the store that is taken in the same commit as the service, so that two servers cannot hand out one address:
the one who comes second starts over. What others hold is read from the services themselves; asking for such a one is an error.
"""

import random
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import chain

from kubernel.errors import Cause, InternalServerError, InvalidError
from kubernel.objects.causes import at, index, invalid
from kubernel.objects.core.service.defaults import (
    HEADLESS,
    is_headless,
    needs_cluster_ip,
    needs_health_port,
    needs_node_ports,
)
from kubernel.ports.resource import WriteContext
from kubernel.types.json import Object
from kubernel.types.network import NODE_PORTS, service_cidr
from kubernel.types.well_known import SERVICES

_TAKEN_IP = "provided IP is already allocated"
_TAKEN_PORT = "provided port is already allocated"
_TRIES = 64
STATIC_PORTS = 86
"""Node ports at the start of the range that are handed out on request first."""


def addresses(spec: Object) -> list[str]:
    """The cluster addresses that a service holds."""
    if not needs_cluster_ip(spec):
        return []
    return [ip for ip in spec.get("clusterIPs") or () if ip and ip != HEADLESS]


def node_ports(spec: Object) -> Iterator[tuple[str, int]]:
    """The node ports that a service holds, each with its protocol."""
    for port in spec.get("ports") or ():
        if port.get("nodePort"):
            yield port.get("protocol", "TCP"), port["nodePort"]
    if spec.get("healthCheckNodePort"):
        yield "TCP", spec["healthCheckNodePort"]


def claims(spec: Object) -> set[str]:
    """The keys of the store that belong to a service."""
    return {f"clusterip/{ip}" for ip in addresses(spec)} | {f"nodeport/{p}/{port}" for p, port in node_ports(spec)}


@dataclass(slots=True)
class Allocator:
    """Allocates for one write of one service."""

    service: Object
    context: WriteContext
    held: set[str]
    """What the service has from before."""
    _others: set[str] | None = None
    _causes: list[Cause] = field(default_factory=list)

    def run(self) -> None:
        """Give the service what it needs, in place, and tell the pipeline what to claim and to release.

        :raises InvalidError: what was asked for is taken, or out of range.
        """
        spec = self.service["spec"]
        if needs_cluster_ip(spec):
            self._families(spec)
            if not is_headless(spec):
                self._address(spec)
        if needs_node_ports(spec):
            for port in spec.get("ports") or ():
                if not port.get("nodePort"):
                    port["nodePort"] = self._free_port(port.get("protocol", "TCP"))
        if needs_health_port(spec) and not spec.get("healthCheckNodePort"):
            spec["healthCheckNodePort"] = self._free_port("TCP")
        self._check_ports(spec)
        if self._causes:
            raise InvalidError.of("Service", self.service["metadata"].get("name", ""), self._causes)
        wanted = claims(spec)
        self.context.claims += sorted(wanted - self.held)
        self.context.releases += sorted(self.held - wanted)

    @property
    def _range(self) -> IPv4Network | IPv6Network:
        return ip_network(str(self.context.options.get("service_cidr") or service_cidr(0)))

    def _families(self, spec: Object) -> None:
        family = f"IPv{self._range.version}"
        if is_headless(spec) and not spec.get("selector") and not spec.get("ipFamilyPolicy"):
            spec["ipFamilyPolicy"] = "RequireDualStack"
            spec.setdefault("ipFamilies", [family, "IPv6" if family == "IPv4" else "IPv4"])
            return
        if not spec.get("ipFamilyPolicy"):
            spec["ipFamilyPolicy"] = "SingleStack"
        if not spec.get("ipFamilies"):
            spec["ipFamilies"] = [family]
        if is_headless(spec):
            return
        if spec["ipFamilyPolicy"] == "RequireDualStack":
            detail = "this cluster is not configured for dual-stack services"
            self._causes.append(invalid("spec.ipFamilyPolicy", "RequireDualStack", detail))
        for position, name in enumerate(spec["ipFamilies"]):
            if name != family:
                detail = f"this cluster is not configured for {name} services"
                self._causes.append(invalid(index("spec.ipFamilies", position), name, detail))

    def _address(self, spec: Object) -> None:
        if not spec.get("clusterIPs"):
            spec["clusterIP"] = self._free_address()
            spec["clusterIPs"] = [spec["clusterIP"]]
            return
        for text in spec["clusterIPs"]:
            if f"clusterip/{text}" in self.held:
                continue
            try:
                inside = ip_address(text) in self._range
            except ValueError:
                # Validation says what is wrong with it.
                continue
            why = _TAKEN_IP if self._is_taken(f"clusterip/{text}") else ""
            if not inside:
                why = f"the provided IP ({text}) is not in the valid range. The range of valid IPs is {self._range}"
            if why:
                detail = f"failed to allocate IP {text}: {why}"
                self._causes.append(invalid("spec.clusterIPs", spec["clusterIPs"], detail))

    def _check_ports(self, spec: Object) -> None:
        for position, port in enumerate(spec.get("ports") or ()):
            if port.get("nodePort"):
                place = at(index("spec.ports", position), "nodePort")
                self._check_port(port.get("protocol", "TCP"), port["nodePort"], place)

    def _check_port(self, protocol: str, port: int, path: str) -> None:
        claim = f"nodeport/{protocol}/{port}"
        if claim in self.held:
            return
        if port not in NODE_PORTS:
            valid = f"{NODE_PORTS.start}-{NODE_PORTS.stop - 1}"
            detail = f"provided port is not in the valid range. The range of valid ports is {valid}"
            self._causes.append(invalid(path, port, detail))
        elif self._is_taken(claim):
            self._causes.append(invalid(path, port, _TAKEN_PORT))

    def _is_taken(self, claim: str) -> bool:
        if self._others is None:
            uid = self.service["metadata"].get("uid")
            services = self.context.reader.list(SERVICES)
            others = (other for other in services if other["metadata"].get("uid") != uid)
            self._others = {held for other in others for held in claims(other.get("spec") or {})}
        return claim in self._others

    def _free_address(self) -> str:
        """A random address of the upper part of the range: the lower one is for those who ask for an address."""
        network = self._range
        size = network.num_addresses
        static = min(max(16, size // 16), 256)
        start = static + 1 if size > static + 2 else 1
        for first, last in ((start, size - 2), (1, start - 1)):
            free = self._search(first, last, "clusterip", lambda offset: str(network[offset]))
            if free is not None:
                return str(network[free])
        raise InternalServerError("failed to allocate a serviceIP: range is full")

    def _free_port(self, protocol: str) -> int:
        taken_now = {f"nodeport/{held_protocol}/{port}" for held_protocol, port in node_ports(self.service["spec"])}
        start = NODE_PORTS.start + STATIC_PORTS
        for first, last in ((start, NODE_PORTS.stop - 1), (NODE_PORTS.start, start - 1)):
            free = self._search(first, last, f"nodeport/{protocol}", str, taken_now)
            if free is not None:
                return free
        raise InternalServerError("failed to allocate a nodePort: range is full")

    def _search(
        self, first: int, last: int, kind: str, name: Callable[[int], str], taken_now: AbstractSet[str] = frozenset()
    ) -> int | None:
        """A free number between two bounds: a few random ones, then each in turn."""
        tries = [random.randint(first, last) for _ in range(_TRIES)] if last >= first else []
        for number in chain(tries, range(first, last + 1)):
            claim = f"{kind}/{name(number)}"
            if claim not in taken_now and not self._is_taken(claim):
                return number
        return None
