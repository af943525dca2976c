"""Requests and limits: names that can be resources, quantities that are not negative, requests within limits."""

from collections.abc import Iterator, Sequence

from kubernel.errors import Cause
from kubernel.objects.causes import at, duplicate, index, invalid, names, not_found, required, under_key
from kubernel.types.json import Object
from kubernel.types.names import qualified_name
from kubernel.types.quantity import parse_quantity

_STANDARD = frozenset(("cpu", "memory", "ephemeral-storage"))
NOT_NEGATIVE = "must be greater than or equal to 0"


def resources_causes(resources: Object, claims: frozenset[str], path: str) -> Iterator[Cause]:
    """What is wrong with a container's or a pod's resources.

    :param claims: the names in the pod's resourceClaims.
    """
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for name, quantity in limits.items():
        yield from _quantity_causes(name, quantity, at(path, "limits"))
    for name, quantity in requests.items():
        yield from _quantity_causes(name, quantity, at(path, "requests"))
        yield from _request_causes(name, quantity, limits.get(name), path)
    yield from _claim_causes(resources.get("claims") or (), claims, at(path, "claims"))


def _quantity_causes(name: str, quantity: str, path: str) -> Iterator[Cause]:
    place = under_key(path, name)
    wrong = qualified_name(name)
    yield from names(place, name, wrong)
    if not wrong and "/" not in name and not is_standard(name):
        yield invalid(place, name, "must be a standard resource for containers")
    value = parse_quantity(quantity)
    if value < 0:
        yield invalid(place, quantity, NOT_NEGATIVE)
    if not wrong and "/" in name and value % 1:
        yield invalid(place, quantity, "must be an integer")


def is_standard(name: str) -> bool:
    """Whether a resource is one of Kubernetes' own."""
    return name in _STANDARD or name.startswith("hugepages-")


def _request_causes(name: str, request: str, limit: str | None, path: str) -> Iterator[Cause]:
    exact = "/" in name or name.startswith("hugepages-")
    if limit is None:
        if exact:
            yield required(at(path, "limits"), "Limit must be set for non overcommitable resources")
        return
    if exact and parse_quantity(request) != parse_quantity(limit):
        yield invalid(at(path, "requests"), request, f"must be equal to {name} limit of {limit}")
    elif parse_quantity(request) > parse_quantity(limit):
        yield invalid(at(path, "requests"), request, f"must be less than or equal to {name} limit of {limit}")


def _claim_causes(used: Sequence[Object], claims: frozenset[str], path: str) -> Iterator[Cause]:
    seen: set[tuple[str, str]] = set()
    for position, claim in enumerate(used):
        name, request = claim.get("name", ""), claim.get("request", "")
        if (name, request) in seen:
            yield duplicate(index(path, position), f"{name}/{request}" if request else name)
        elif name and name not in claims:
            yield not_found(index(path, position), name)
        seen.add((name, request))
