"""The rules of Endpoints: addresses that are addresses, ports that can be told apart.

Loopback addresses are allowed, unlike elsewhere: on one machine that is where pods live.
"""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from kubernel.errors import Cause
from kubernel.objects.causes import at, index, invalid, names, required
from kubernel.ports.resource import Strategy
from kubernel.types.json import Object
from kubernel.types.names import dns_label, dns_subdomain


class EndpointsStrategy(Strategy):
    """See the module."""

    create_on_update = True
    generation = False

    def validate(self, new: Object) -> Iterable[Cause]:
        for position, subset in enumerate(new.get("subsets") or ()):
            yield from _subset_causes(subset, index("subsets", position))


def _subset_causes(subset: Object, path: str) -> Iterator[Cause]:
    if not subset.get("addresses") and not subset.get("notReadyAddresses"):
        yield required(path, "must specify `addresses` or `notReadyAddresses`")
    for field in ("addresses", "notReadyAddresses"):
        for position, address in enumerate(subset.get(field) or ()):
            yield from _address_causes(address, index(at(path, field), position))
    ports = subset.get("ports") or ()
    for position, port in enumerate(ports):
        place, name, number = index(at(path, "ports"), position), port.get("name", ""), port.get("port", 0)
        if not name and len(ports) > 1:
            yield required(at(place, "name"))
        elif name:
            yield from names(at(place, "name"), name, dns_label(name))
        if not 1 <= number <= 65535:
            yield invalid(at(place, "port"), number, "must be between 1 and 65535, inclusive")


def _address_causes(address: Object, path: str) -> Iterator[Cause]:
    text = address.get("ip", "")
    try:
        ip = ip_address(text)
    except ValueError:
        if text:
            yield invalid(at(path, "ip"), text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
    else:
        if ip.is_unspecified:
            yield invalid(at(path, "ip"), text, f"may not be unspecified ({text})")
    if address.get("hostname"):
        yield from names(at(path, "hostname"), address["hostname"], dns_label(address["hostname"]))
    if address.get("nodeName"):
        yield from names(at(path, "nodeName"), address["nodeName"], dns_subdomain(address["nodeName"]))
