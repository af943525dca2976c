"""Packs endpoints into slices of at most a hundred, so that a change of one pod rewrites one slice. Pure functions.

What is in a slice already stays there: a stable layout means that a thousand watchers are sent one changed slice instead of all.
Slices that have become empty go; a service without any endpoint keeps one empty slice, which says "known to have none".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kubernel.types.json import Object

MAX_ENDPOINTS = 100

Ports: TypeAlias = tuple[tuple[str, int, str, str], ...]
"""Name, number, protocol, application protocol of each port."""


@dataclass(slots=True)
class Plan:
    """What to write: slices to create have no name yet."""

    create: list[Object] = field(default_factory=list)
    update: list[Object] = field(default_factory=list)
    delete: list[Object] = field(default_factory=list)


def plan(
    present: Sequence[Object],
    wanted: Mapping[Ports, Sequence[Object]],
    family: str,
    labels: Mapping[str, str],
    limit: int = MAX_ENDPOINTS,
) -> Plan:
    """From the slices of one service and family to those that hold exactly the wanted endpoints, by their ports."""
    result = Plan()
    by_ports: dict[Ports, list[Object]] = {}
    for found in present:
        by_ports.setdefault(ports_of(found), []).append(found)
    for ports, endpoints in wanted.items():
        _pack(by_ports.pop(ports, []), endpoints, ports, family, labels, limit, result)
    surplus = [found for slices in by_ports.values() for found in slices]
    if not any(wanted.values()):
        surplus = _keep_placeholder(surplus, family, labels, result)
    result.delete += surplus
    return result


def _pack(
    slices: list[Object],
    endpoints: Sequence[Object],
    ports: Ports,
    family: str,
    labels: Mapping[str, str],
    limit: int,
    result: Plan,
) -> None:
    missing = {identity(endpoint): endpoint for endpoint in endpoints}
    contents: list[tuple[Object, list[Object]]] = []
    for found in slices:
        kept = [missing.pop(identity(e)) for e in found.get("endpoints") or () if identity(e) in missing]
        contents.append((found, kept))
    waiting = list(missing.values())
    # The fullest slice with room takes the new ones first, so that slices fill up instead of staying half empty.
    for _, kept in sorted(contents, key=lambda content: -len(content[1])):
        room = limit - len(kept)
        if room > 0 and waiting:
            kept += waiting[:room]
            del waiting[:room]
    for found, kept in contents:
        if not kept:
            result.delete.append(found)
        elif kept != (found.get("endpoints") or []) or (found["metadata"].get("labels") or {}) != labels:
            metadata = {**found["metadata"], "labels": dict(labels)}
            result.update.append({**found, "metadata": metadata, "endpoints": kept})
    for start in range(0, len(waiting), limit):
        result.create.append(_new(waiting[start : start + limit], ports, family, labels))


def _keep_placeholder(surplus: list[Object], family: str, labels: Mapping[str, str], result: Plan) -> list[Object]:
    """One empty slice stays, or comes to be."""
    empty = next((found for found in surplus if not ports_of(found) and not found.get("endpoints")), None)
    if empty is None:
        result.create.append(_new([], (), family, labels))
        return surplus
    if (empty["metadata"].get("labels") or {}) != labels:
        result.update.append({**empty, "metadata": {**empty["metadata"], "labels": dict(labels)}})
    return [found for found in surplus if found is not empty]


def _new(endpoints: Sequence[Object], ports: Ports, family: str, labels: Mapping[str, str]) -> Object:
    return {
        "kind": "EndpointSlice",
        "apiVersion": "discovery.k8s.io/v1",
        "metadata": {"labels": dict(labels)},
        "addressType": family,
        "endpoints": list(endpoints),
        "ports": [_port(port) for port in ports],
    }


def _port(port: tuple[str, int, str, str]) -> Object:
    name, number, protocol, application = port
    entry: Object = {"name": name, "port": number, "protocol": protocol}
    if application:
        entry["appProtocol"] = application
    return entry


def ports_of(found: Object) -> Ports:
    """The ports of a slice as a key."""
    return tuple(
        (port.get("name") or "", int(port.get("port") or 0), port.get("protocol") or "TCP", port.get("appProtocol") or "")
        for port in found.get("ports") or ()
    )


def identity(endpoint: Object) -> str:
    """What makes an endpoint the same one although its conditions change: its pod, or its address where there is none."""
    reference = endpoint.get("targetRef") or {}
    return str(reference.get("uid") or endpoint["addresses"][0])
