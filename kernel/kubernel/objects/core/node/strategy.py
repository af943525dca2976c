"""The rules of nodes: address ranges and provider id are given once, taints say something each."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address, ip_network

from kubernel.errors import Cause
from kubernel.objects.causes import at, duplicate, forbidden, index, invalid, names, under_key
from kubernel.ports.resource import Strategy, WriteContext
from kubernel.types.json import Object
from kubernel.types.names import label_value, qualified_name
from kubernel.types.quantity import parse_quantity

_CIDR_RULE = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


class NodeStrategy(Strategy):
    """See the module."""

    generation = False
    status_on_create = True
    selectable_fields = ("spec.unschedulable",)

    def prepare_create(self, new: Object, context: WriteContext) -> None:
        _agree_on_ranges(new.get("spec") or {})

    def prepare_update(self, new: Object, old: Object, context: WriteContext) -> None:
        _agree_on_ranges(new.get("spec") or {})

    def validate(self, new: Object) -> Iterable[Cause]:
        spec = new.get("spec") or {}
        yield from _taint_causes(spec.get("taints") or [])
        yield from _range_causes(spec.get("podCIDRs") or [])
        yield from _status_causes(new.get("status") or {})

    def validate_update(self, new: Object, old: Object) -> Iterable[Cause]:
        spec, before = new.get("spec") or {}, old.get("spec") or {}
        if before.get("podCIDRs") and spec.get("podCIDRs") != before["podCIDRs"]:
            yield forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid')
        if before.get("providerID") and spec.get("providerID") != before["providerID"]:
            yield forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid')

    def validate_status(self, new: Object, old: Object) -> Iterable[Cause]:
        return _status_causes(new.get("status") or {})

    def selectable(self, obj: Object) -> Mapping[str, str]:
        return {"spec.unschedulable": "true" if (obj.get("spec") or {}).get("unschedulable") else "false"}


def _agree_on_ranges(spec: Object) -> None:
    """`podCIDR` is the first of `podCIDRs`; either one makes the other."""
    if spec.get("podCIDR") and not spec.get("podCIDRs"):
        spec["podCIDRs"] = [spec["podCIDR"]]
    elif spec.get("podCIDRs"):
        spec["podCIDR"] = spec["podCIDRs"][0]


def _taint_causes(taints: list[Object]) -> Iterator[Cause]:
    seen: set[tuple[str, str]] = set()
    for position, taint in enumerate(taints):
        place, key, effect = index("spec.taints", position), taint.get("key", ""), taint.get("effect", "")
        if key:
            yield from names(at(place, "key"), key, qualified_name(key))
        value = taint.get("value", "")
        yield from names(at(place, "value"), value, label_value(value))
        if (key, effect) in seen:
            yield duplicate(place, taint)
        seen.add((key, effect))


def _range_causes(ranges: list[str]) -> Iterator[Cause]:
    versions = []
    for position, text in enumerate(ranges):
        try:
            versions.append(ip_network(text, strict=False).version)
        except ValueError:
            yield invalid(index("spec.podCIDRs", position), text, _CIDR_RULE)
    if len(ranges) > 2 or (len(versions) == 2 and versions[0] == versions[1]):
        yield invalid("spec.podCIDRs", ranges, "may specify no more than one CIDR for each IP family")


def _status_causes(status: Object) -> Iterator[Cause]:
    for field in ("capacity", "allocatable"):
        for name, quantity in (status.get(field) or {}).items():
            place = under_key(f"status.{field}", name)
            yield from names(place, name, qualified_name(name))
            if parse_quantity(quantity) < 0:
                yield invalid(place, quantity, "must be greater than or equal to 0")
    seen: set[tuple[str, str]] = set()
    for position, address in enumerate(status.get("addresses") or ()):
        place, pair = index("status.addresses", position), (address.get("type", ""), address.get("address", ""))
        if pair in seen:
            yield duplicate(place, address)
        seen.add(pair)
        if pair[0] in ("InternalIP", "ExternalIP") and not _is_ip(pair[1]):
            yield invalid(at(place, "address"), pair[1], "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
