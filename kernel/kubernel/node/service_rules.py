"""From a Service and its EndpointSlices to the rules of a node's proxy; a function of nothing else.

Who answers follows Kubernetes' published rules: ready endpoints; where there is none, those that end but still serve; with a
traffic policy of `Local`, only those of this node. A service that another proxy serves (label `service-proxy-name`), one
without an address and an ExternalName give no rules.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubernel.ports.proxy import Backend, ServicePort
from kubernel.types.json import Object

OTHER_PROXY = "service.kubernetes.io/service-proxy-name"
SERVICE_OF_SLICE = "kubernetes.io/service-name"
_DEFAULT_AFFINITY_SECONDS = 10800


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """One address and port of a slice."""

    address: str
    port: int
    node_name: str
    ready: bool
    ending: bool


def service_of(endpoint_slice: Object) -> str:
    """The key of the service that a slice belongs to, "" for a slice of nobody."""
    metadata = endpoint_slice["metadata"]
    name = (metadata.get("labels") or {}).get(SERVICE_OF_SLICE, "")
    return f"{metadata['namespace']}/{name}" if name else ""


def service_ports(service: Object, slices: Iterable[Object], node_name: str) -> Sequence[ServicePort]:
    """The rules for one service on the node of that name, in a stable order."""
    spec = service.get("spec") or {}
    if spec.get("type") == "ExternalName" or OTHER_PROXY in (service["metadata"].get("labels") or {}):
        return ()
    cluster = [a for a in spec.get("clusterIPs") or [spec.get("clusterIP", "")] if a and a != "None"]
    if not cluster:
        return ()
    slices = sorted(slices, key=lambda item: str(item["metadata"]["name"]))
    external = _external_addresses(service)
    rules: list[ServicePort] = []
    for port in spec.get("ports") or ():
        for family in ("IPv4", "IPv6"):
            endpoints = _endpoints(slices, family, port.get("name", ""), port.get("protocol", "TCP"))
            inside, outside = _of_family(cluster, family), _of_family(external, family)
            if inside or outside:
                rules += _rules(service, port, inside, outside, endpoints, node_name)
    return tuple(rules)


def _rules(
    service: Object, port: Object, inside: list[str], outside: list[str], endpoints: list[_Endpoint], node_name: str
) -> list[ServicePort]:
    """One rule, or two where the traffic from inside and from outside follow different policies."""
    spec = service["spec"]
    # The node port is one number for both families: the service's first address says who answers there.
    first = inside[:1] == [spec.get("clusterIP") or spec["clusterIPs"][0]]
    node_port = int(port.get("nodePort") or 0) if first else 0
    local_inside = spec.get("internalTrafficPolicy") == "Local"
    local_outside = spec.get("externalTrafficPolicy") == "Local"

    def rule(addresses: Sequence[str], node_port: int, local: bool) -> ServicePort:
        return ServicePort(
            namespace=service["metadata"]["namespace"],
            name=service["metadata"]["name"],
            port_name=port.get("name", ""),
            protocol=port.get("protocol", "TCP"),
            port=int(port["port"]),
            addresses=tuple(addresses),
            backends=_backends(endpoints, node_name if local else ""),
            node_port=node_port,
            affinity_seconds=_affinity(spec),
            local_only=local,
        )

    if local_inside == local_outside or not (outside or node_port):
        return [rule([*inside, *outside], node_port, local_inside)]
    return [rule(inside, 0, local_inside), rule(outside, node_port, local_outside)]


def _backends(endpoints: list[_Endpoint], node_name: str) -> tuple[Backend, ...]:
    """The endpoints (of one node, where it is named); who ends is asked only when nobody else is ready."""
    mine = [endpoint for endpoint in endpoints if node_name in ("", endpoint.node_name)]
    anybody = any(endpoint.ready for endpoint in mine)
    return tuple(
        Backend(endpoint.address, endpoint.port, endpoint.ready or (endpoint.ending and not anybody), endpoint.node_name)
        for endpoint in mine
        if endpoint.ready or endpoint.ending
    )


def _endpoints(slices: Iterable[Object], family: str, port_name: str, protocol: str) -> list[_Endpoint]:
    """What the slices say of one port. An endpoint may stand in two slices for a moment: ready counts."""
    found: dict[tuple[str, int], _Endpoint] = {}
    for item in slices:
        if item.get("addressType", "IPv4") != family:
            continue
        for port in item.get("ports") or ():
            if port.get("name", "") != port_name or port.get("protocol", "TCP") != protocol or not port.get("port"):
                continue
            for endpoint in _read(item, int(port["port"])):
                key = (endpoint.address, endpoint.port)
                if key not in found or endpoint.ready:
                    found[key] = endpoint
    return sorted(found.values(), key=lambda endpoint: (endpoint.address, endpoint.port))


def _read(item: Object, port: int) -> Iterable[_Endpoint]:
    """An unknown `ready` counts as yes, an unknown `serving` as what `ready` says."""
    for endpoint in item.get("endpoints") or ():
        conditions = endpoint.get("conditions") or {}
        ready = conditions.get("ready") is not False
        serving = conditions.get("serving", ready) is not False
        ending = serving and bool(conditions.get("terminating"))
        for address in (endpoint.get("addresses") or ())[:1]:
            yield _Endpoint(address, port, endpoint.get("nodeName") or "", ready, ending)


def _external_addresses(service: Object) -> list[str]:
    """External addresses, and those of load balancers that leave the destination in the packets as it is."""
    balancers = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    balanced = [ingress["ip"] for ingress in balancers if ingress.get("ip") and ingress.get("ipMode", "VIP") == "VIP"]
    return list(dict.fromkeys([*(service["spec"].get("externalIPs") or ()), *balanced]))


def _of_family(addresses: Iterable[str], family: str) -> list[str]:
    return [address for address in addresses if (":" in address) == (family == "IPv6")]


def _affinity(spec: Object) -> int:
    if spec.get("sessionAffinity") != "ClientIP":
        return 0
    client = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
    return int(client.get("timeoutSeconds") or _DEFAULT_AFFINITY_SECONDS)
