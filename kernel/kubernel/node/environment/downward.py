"""What a pod may learn of itself: its fields and its containers' resources, as environment variables and as files."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kubernel.ports.runtime import ContainerConfigError
from kubernel.types.json import Object
from kubernel.types.quantity import parse_quantity

_SUBSCRIPTS = ("metadata.labels", "metadata.annotations")


@dataclass(frozen=True, slots=True)
class PodFacts:
    """What is known of a pod beyond its object, before its status says so."""

    pod: Object
    addresses: Sequence[str]
    host_address: str
    node_name: str
    allocatable: Mapping[str, str]
    """The node's, for limits that are not set."""


def field_value(facts: PodFacts, path: str) -> str:
    """The value of a `fieldRef`.

    :raises ContainerConfigError: the field is not one that a pod may learn.
    """
    pod = facts.pod
    metadata, spec = pod["metadata"], pod["spec"]
    name, bracket, rest = path.partition("[")
    if bracket and name in _SUBSCRIPTS and rest.endswith("]"):
        key = rest[:-1].strip("'\"")
        return str((metadata.get(name.partition(".")[2]) or {}).get(key, ""))
    match path:
        case "metadata.name" | "metadata.namespace" | "metadata.uid":
            return str(metadata.get(path.partition(".")[2], ""))
        case "metadata.labels" | "metadata.annotations":
            return as_lines(metadata.get(path.partition(".")[2]) or {})
        case "spec.nodeName":
            return facts.node_name
        case "spec.serviceAccountName":
            return str(spec.get("serviceAccountName") or "default")
        case "status.hostIP" | "status.hostIPs":
            return facts.host_address
        case "status.podIP":
            return facts.addresses[0] if facts.addresses else ""
        case "status.podIPs":
            return ",".join(facts.addresses)
        case _:
            raise ContainerConfigError(f"unsupported fieldPath: {path}")


def as_lines(labels: Mapping[str, str]) -> str:
    """Labels or annotations as a file holds them: `key="value"`, one line each, sorted."""
    return "\n".join(f'{key}="{_escaped(value)}"' for key, value in sorted(labels.items()))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def resource_value(facts: PodFacts, selector: Object, container_name: str = "") -> str:
    """The value of a `resourceFieldRef`, in units of its divisor, rounded up.

    :param container_name: the container that asks, where the reference names none.
    :raises ContainerConfigError: there is no such container or resource.
    """
    name = selector.get("containerName") or container_name
    spec = facts.pod["spec"]
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    container = next((c for c in containers if c["name"] == name), None)
    if container is None:
        raise ContainerConfigError(f"container {name} not found")
    resource = str(selector["resource"])
    kind, _, what = resource.partition(".")
    if kind not in ("limits", "requests") or not what:
        raise ContainerConfigError(f"unsupported container resource : {resource}")
    resources = container.get("resources") or {}
    quantity = (resources.get(kind) or {}).get(what)
    if quantity is None and kind == "limits":
        quantity = facts.allocatable.get(what)
    if quantity is None:
        quantity = (resources.get("limits") or {}).get(what, "0")
    divisor = parse_quantity(selector.get("divisor") or "1")
    return str(math.ceil(parse_quantity(quantity) / (divisor or 1)))
