"""Probes and lifecycle actions: exactly one handler each, ports that can exist, bounds that make sense."""

import re
from collections.abc import Iterator

from kubernel.errors import Cause
from kubernel.objects.causes import at, forbidden, index, invalid, names, required
from kubernel.types.json import Object
from kubernel.types.names import port_name

HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_HEADER = re.compile(r"^[-A-Za-z0-9]+$")
_HEADER_RULE = (
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is "
    "'[-A-Za-z0-9]+')"
)
PORT_RANGE = "must be between 1 and 65535, inclusive"


def probe_causes(container: Object, grace: int, path: str) -> Iterator[Cause]:
    """What is wrong with the probes of a container."""
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(name)
        if probe is None:
            continue
        place = at(path, name)
        yield from handler_causes(probe, grace, place)
        if name != "readinessProbe" and probe.get("successThreshold", 1) != 1:
            yield invalid(at(place, "successThreshold"), probe["successThreshold"], "must be 1")
        seconds = probe.get("terminationGracePeriodSeconds")
        if seconds is None:
            continue
        if name == "readinessProbe":
            yield invalid(at(place, "terminationGracePeriodSeconds"), seconds, "must not be set for readinessProbes")
        elif seconds <= 0:
            yield invalid(at(place, "terminationGracePeriodSeconds"), seconds, "must be greater than 0")


def lifecycle_causes(lifecycle: Object, grace: int, has_os: bool, path: str) -> Iterator[Cause]:
    """What is wrong with a container's lifecycle actions."""
    for name in ("postStart", "preStop"):
        if name in lifecycle:
            yield from handler_causes(lifecycle[name], grace, at(path, name))
    if lifecycle.get("stopSignal") and not has_os:
        yield forbidden(at(path, "stopSignal"), "may not be set for containers with empty `spec.os.name`")


def handler_causes(owner: Object, grace: int, path: str) -> Iterator[Cause]:
    """What is wrong with the action of a probe or of the lifecycle; that there is only one is the schema's matter."""
    given = [name for name in HANDLERS if name in owner]
    if not given:
        yield required(path, "must specify a handler type")
    for name in given:
        action, place = owner[name], at(path, name)
        if name == "exec" and not action.get("command"):
            yield required(at(place, "command"))
        elif name == "httpGet":
            yield from _http_causes(action, place)
        elif name == "tcpSocket":
            yield from port_causes(action.get("port"), at(place, "port"))
        elif name == "grpc" and not 1 <= action.get("port", 0) <= 65535:
            yield invalid(at(place, "port"), action.get("port", 0), PORT_RANGE)
        elif name == "sleep" and not 0 <= action.get("seconds", 0) <= grace:
            detail = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
            yield invalid(at(place, "seconds"), action.get("seconds", 0), detail)


def _http_causes(action: Object, path: str) -> Iterator[Cause]:
    if not action.get("path"):
        yield required(at(path, "path"))
    yield from port_causes(action.get("port"), at(path, "port"))
    for position, header in enumerate(action.get("httpHeaders") or ()):
        name = header.get("name", "")
        if not _HEADER.match(name):
            yield invalid(at(index(at(path, "httpHeaders"), position), "name"), name, _HEADER_RULE)


def port_causes(port: int | str | None, path: str) -> Iterator[Cause]:
    """What is wrong with a port given by number or by name."""
    if isinstance(port, str):
        yield from names(path, port, port_name(port))
    elif port is not None and not 1 <= port <= 65535:
        yield invalid(path, port, PORT_RANGE)
