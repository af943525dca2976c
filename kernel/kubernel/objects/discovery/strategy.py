"""The rules of endpoint slices: one kind of address for life, bounded lists, ports that can be told apart.

Loopback addresses are allowed, unlike elsewhere: on one machine that is where pods live.
"""

from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address

from kubernel.errors import Cause
from kubernel.objects.causes import at, duplicate, immutable, index, invalid, names, required, too_many
from kubernel.ports.resource import Strategy
from kubernel.types.json import Object
from kubernel.types.names import dns_label, dns_subdomain

MAX_ENDPOINTS = 1000
MAX_PORTS = 100
MAX_ADDRESSES = 100
MAX_HINTS = 8


class EndpointSliceStrategy(Strategy):
    """See the module."""

    def validate(self, new: Object) -> Iterable[Cause]:
        endpoints, ports = new.get("endpoints") or (), new.get("ports") or ()
        if len(endpoints) > MAX_ENDPOINTS:
            yield too_many("endpoints", len(endpoints), MAX_ENDPOINTS)
            return
        for position, endpoint in enumerate(endpoints):
            yield from _endpoint_causes(endpoint, new.get("addressType", ""), index("endpoints", position))
        if len(ports) > MAX_PORTS:
            yield too_many("ports", len(ports), MAX_PORTS)
            return
        yield from _port_causes(list(ports))

    def validate_update(self, new: Object, old: Object) -> Iterable[Cause]:
        return immutable("addressType", new.get("addressType"), old.get("addressType"))


def _endpoint_causes(endpoint: Object, address_type: str, path: str) -> Iterator[Cause]:
    addresses = endpoint.get("addresses") or ()
    if len(addresses) > MAX_ADDRESSES:
        yield too_many(at(path, "addresses"), len(addresses), MAX_ADDRESSES)
    for position, address in enumerate(addresses):
        wrong = _ADDRESS_RULES.get(address_type, _anything)(address)
        yield from names(index(at(path, "addresses"), position), address, wrong)
    for field, rule in (("nodeName", dns_subdomain), ("hostname", dns_label)):
        if endpoint.get(field):
            yield from names(at(path, field), endpoint[field], rule(endpoint[field]))
    hints = endpoint.get("hints") or {}
    for field in ("forZones", "forNodes"):
        yield from _hint_causes(hints.get(field) or (), at(path, "hints", field))


def _hint_causes(hints: Iterable[Object], path: str) -> Iterator[Cause]:
    seen: set[str] = set()
    given = list(hints)
    if len(given) > MAX_HINTS:
        yield too_many(path, len(given), MAX_HINTS)
        return
    for position, hint in enumerate(given):
        place, name = at(index(path, position), "name"), hint.get("name", "")
        if name in seen:
            yield duplicate(place, name)
        elif not name:
            yield required(place)
        seen.add(name)


def _port_causes(ports: list[Object]) -> Iterator[Cause]:
    taken: set[str] = set()
    for position, port in enumerate(ports):
        place, name, number = index("ports", position), port.get("name", ""), port.get("port")
        if name:
            yield from names(at(place, "name"), name, dns_label(name))
        if name in taken:
            yield duplicate(at(place, "name"), name)
        taken.add(name)
        if number is not None and not 1 <= number <= 65535:
            yield invalid(at(place, "port"), number, "must be between 1 and 65535, inclusive")


def _ipv4(text: str) -> list[str]:
    try:
        IPv4Address(text)
    except ValueError:
        return ["must be a valid IPv4 address"]
    return []


def _ipv6(text: str) -> list[str]:
    try:
        IPv6Address(text)
    except ValueError:
        return ["must be a valid IPv6 address"]
    return []


def _anything(text: str) -> list[str]:
    """An unknown type is the schema's matter."""
    return []


_ADDRESS_RULES: dict[str, Callable[[str], list[str]]] = {"IPv4": _ipv4, "IPv6": _ipv6, "FQDN": dns_subdomain}
