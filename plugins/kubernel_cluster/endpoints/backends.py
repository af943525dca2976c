"""The pods behind a service, their addresses and ports: pure functions that both kinds of endpoints are made from."""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from kubernel.types.json import Object
from kubernel.types.pods import is_finished, is_ready, is_restartable_init, is_terminating

HEADLESS_LABEL = "service.kubernetes.io/headless"

Port: TypeAlias = tuple[str, int, str, str]
"""Name, number, protocol, application protocol."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One pod as an endpoint; `ports` are the service's ports as this pod resolves them."""

    pod: Object
    addresses: tuple[str, ...]
    ports: tuple[Port, ...]
    serving: bool
    terminating: bool
    ready: bool
    hostname: str

    @property
    def reference(self) -> Object:
        metadata = self.pod["metadata"]
        return {"kind": "Pod", "namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]}

    @property
    def node_name(self) -> str:
        return str(self.pod["spec"].get("nodeName") or "")


def has_pods(service: Object) -> bool:
    """Whether endpoints are found by a selector; else somebody else writes them, or there are none."""
    spec = service["spec"]
    return bool(spec.get("selector")) and spec.get("type") != "ExternalName"


def is_headless(service: Object) -> bool:
    return str(service["spec"].get("clusterIP") or "") == "None"


def selects(service: Object, pod: Object) -> bool:
    """Whether a service's selector matches a pod."""
    labels: Mapping[str, str] = pod["metadata"].get("labels") or {}
    selector: Mapping[str, str] = service["spec"].get("selector") or {}
    return bool(selector) and all(labels.get(name) == value for name, value in selector.items())


def backends(service: Object, pods: Iterable[Object]) -> list[Backend]:
    """The endpoints of a service, by name: its pods that have an address and have not finished."""
    found = [_backend(service, pod) for pod in pods if selects(service, pod) and not is_finished(pod) and addresses_of(pod)]
    return sorted(found, key=lambda backend: str(backend.pod["metadata"]["name"]))


def addresses_of(pod: Object) -> tuple[str, ...]:
    """All of a pod's addresses."""
    status = pod.get("status") or {}
    found = tuple(entry["ip"] for entry in status.get("podIPs") or () if entry.get("ip"))
    return found or ((status["podIP"],) if status.get("podIP") else ())


def family_of(address: str) -> str:
    """IPv4 or IPv6."""
    return "IPv6" if ipaddress.ip_address(address).version == 6 else "IPv4"


def families_of(service: Object, found: Sequence[Backend]) -> list[str]:
    """The address families that a service is offered in; the pods' own where the service does not say."""
    wanted = service["spec"].get("ipFamilies")
    if wanted:
        return list(wanted)
    return sorted({family_of(address) for backend in found for address in backend.addresses}) or ["IPv4"]


def _backend(service: Object, pod: Object) -> Backend:
    terminating, serving = is_terminating(pod), is_ready(pod)
    spec = pod["spec"]
    own_name = spec.get("hostname") and spec.get("subdomain") == service["metadata"]["name"]
    return Backend(
        pod=pod,
        addresses=addresses_of(pod),
        ports=_ports(service, pod),
        serving=serving,
        terminating=terminating,
        ready=bool(service["spec"].get("publishNotReadyAddresses")) or (serving and not terminating),
        hostname=str(spec["hostname"]) if own_name else "",
    )


def _ports(service: Object, pod: Object) -> tuple[Port, ...]:
    """The ports on which this pod answers; one whose name it does not know is left out."""
    found = []
    for port in service["spec"].get("ports") or ():
        number = target_port(port, pod)
        if number:
            found.append((port.get("name") or "", number, port.get("protocol") or "TCP", port.get("appProtocol") or ""))
    return tuple(found)


def target_port(port: Object, pod: Object) -> int:
    """The pod's port for a service's port; 0 when no container has one of that name and protocol."""
    target = port.get("targetPort") or port["port"]
    if isinstance(target, int):
        return target
    spec = pod["spec"]
    sidecars = (container for container in spec.get("initContainers") or () if is_restartable_init(container))
    for container in (*(spec.get("containers") or ()), *sidecars):
        for offered in container.get("ports") or ():
            same = offered.get("name") == target and (offered.get("protocol") or "TCP") == (port.get("protocol") or "TCP")
            if same:
                return int(offered["containerPort"])
    return 0


def says_the_same(old: Object, new: Object) -> bool:
    """Whether a change of a pod changes nothing for any service."""
    return _relevant(old) == _relevant(new)


def _relevant(pod: Object) -> tuple[object, ...]:
    spec = pod["spec"]
    labels = pod["metadata"].get("labels")
    return (
        labels,
        addresses_of(pod),
        is_ready(pod),
        is_terminating(pod),
        is_finished(pod),
        spec.get("nodeName"),
        spec.get("hostname"),
        spec.get("subdomain"),
    )
