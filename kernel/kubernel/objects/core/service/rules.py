"""What makes a service valid."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from kubernel.errors import Cause
from kubernel.objects.causes import at, duplicate, forbidden, immutable, index, invalid, names, required
from kubernel.objects.core.service.defaults import (
    EXTERNAL_NAME,
    HEADLESS,
    LOAD_BALANCER,
    is_external,
    is_headless,
    may_have_node_ports,
    needs_health_port,
)
from kubernel.objects.metadata_rules import label_causes
from kubernel.types.json import Object
from kubernel.types.names import dns_label, dns_subdomain, port_name

_PORT_RANGE = "must be between 1 and 65535, inclusive"
_IP_RULE = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_CIDR_RULE = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_DAY = 86400


def service_causes(spec: Object) -> Iterator[Cause]:
    """What is wrong with a service's spec beyond what its schema says."""
    kind = spec.get("type")
    if kind == EXTERNAL_NAME:
        yield from _external_name_causes(spec)
    elif not spec.get("ports") and not is_headless(spec):
        yield required("spec.ports")
    if kind != "ClusterIP" and kind != EXTERNAL_NAME and is_headless(spec):
        yield invalid(index("spec.clusterIPs", 0), HEADLESS, f"may not be set to 'None' for {kind} services")
    yield from _port_causes(spec)
    yield from label_causes(spec.get("selector") or {}, "spec.selector")
    yield from _address_causes(spec)
    yield from _affinity_causes(spec)
    yield from _traffic_causes(spec)


def _external_name_causes(spec: Object) -> Iterator[Cause]:
    name = (spec.get("externalName") or "").rstrip(".")
    if spec.get("clusterIPs"):
        yield forbidden("spec.clusterIPs", "may not be set for ExternalName services")
    if not name:
        yield required("spec.externalName")
    else:
        yield from names("spec.externalName", spec["externalName"], dns_subdomain(name))


def _port_causes(spec: Object) -> Iterator[Cause]:
    ports = spec.get("ports") or []
    taken: set[str] = set()
    pairs: set[tuple[str, int]] = set()
    node_ports: set[tuple[str, int]] = set()
    for position, port in enumerate(ports):
        place, name, protocol = index("spec.ports", position), port.get("name", ""), port.get("protocol", "TCP")
        if not name and len(ports) > 1:
            yield required(at(place, "name"))
        elif name:
            yield from names(at(place, "name"), name, dns_label(name))
            if name in taken:
                yield duplicate(at(place, "name"), name)
            taken.add(name)
        number = port.get("port", 0)
        if not 1 <= number <= 65535:
            yield invalid(at(place, "port"), number, _PORT_RANGE)
        yield from _target_causes(port.get("targetPort"), at(place, "targetPort"))
        if (protocol, number) in pairs:
            yield duplicate(place, {"protocol": protocol, "port": number})
        pairs.add((protocol, number))
        node_port = port.get("nodePort", 0)
        if not node_port:
            continue
        if not may_have_node_ports(spec):
            yield forbidden(at(place, "nodePort"), f"may not be used when `type` is '{spec.get('type')}'")
        if (protocol, node_port) in node_ports:
            yield duplicate(at(place, "nodePort"), node_port)
        node_ports.add((protocol, node_port))


def _target_causes(target: int | str | None, path: str) -> Iterator[Cause]:
    if isinstance(target, str):
        yield from names(path, target, port_name(target))
    elif target is not None and not 1 <= target <= 65535:
        yield invalid(path, target, _PORT_RANGE)


def _address_causes(spec: Object) -> Iterator[Cause]:
    given = spec.get("clusterIPs") or []
    if given and spec.get("clusterIP") != given[0]:
        yield invalid("spec.clusterIP", spec.get("clusterIP", ""), "must be the first value of `clusterIPs`")
    for position, text in enumerate(given):
        if text != HEADLESS and not _is_ip(text):
            yield invalid(index("spec.clusterIPs", position), text, _IP_RULE)
    if len(given) > 1 and HEADLESS in given:
        yield invalid("spec.clusterIPs", given, "'None' must be the first and only value")
    for position, text in enumerate(spec.get("externalIPs") or ()):
        if not _is_ip(text):
            yield invalid(index("spec.externalIPs", position), text, _IP_RULE)
    for position, text in enumerate(spec.get("loadBalancerSourceRanges") or ()):
        place = index("spec.loadBalancerSourceRanges", position)
        if spec.get("type") != LOAD_BALANCER:
            yield forbidden("spec.loadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'")
            return
        if not _is_range(text.strip()):
            yield invalid(place, text, _CIDR_RULE)


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_range(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def _affinity_causes(spec: Object) -> Iterator[Cause]:
    config = spec.get("sessionAffinityConfig") or {}
    seconds = (config.get("clientIP") or {}).get("timeoutSeconds")
    if spec.get("sessionAffinity") == "ClientIP" and seconds is not None and not 0 < seconds <= _DAY:
        path = "spec.sessionAffinityConfig.clientIP.timeoutSeconds"
        yield invalid(path, seconds, f"must be greater than 0 and less than {_DAY}")


def _traffic_causes(spec: Object) -> Iterator[Cause]:
    policy = spec.get("externalTrafficPolicy")
    if policy and not is_external(spec):
        yield invalid("spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services")
    if spec.get("healthCheckNodePort") and not needs_health_port(spec):
        detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        yield invalid("spec.healthCheckNodePort", spec["healthCheckNodePort"], detail)
    if spec.get("type") == LOAD_BALANCER:
        return
    for field in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
        if field in spec:
            yield forbidden(f"spec.{field}", "may only be used when `type` is 'LoadBalancer'")


def service_update_causes(spec: Object, old: Object) -> Iterator[Cause]:
    """What may not change in a service."""
    if EXTERNAL_NAME not in (spec.get("type"), old.get("type")):
        given, before = spec.get("clusterIPs") or [], old.get("clusterIPs") or []
        if before and given[:1] != before[:1]:
            yield invalid(index("spec.clusterIPs", 0), given, "may not change once set")
    if needs_health_port(spec) and needs_health_port(old) and old.get("healthCheckNodePort"):
        yield from immutable("spec.healthCheckNodePort", spec.get("healthCheckNodePort"), old["healthCheckNodePort"])
    if spec.get("type") == LOAD_BALANCER == old.get("type"):
        yield from immutable("spec.loadBalancerClass", spec.get("loadBalancerClass"), old.get("loadBalancerClass"))
