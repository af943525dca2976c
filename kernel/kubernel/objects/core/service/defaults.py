"""Defaults of services that depend on other fields, and what goes when a service changes its type."""

from collections.abc import Callable

from kubernel.types.json import Object

EXTERNAL_NAME, NODE_PORT, LOAD_BALANCER = "ExternalName", "NodePort", "LoadBalancer"
HEADLESS = "None"
AFFINITY_SECONDS = 10800


def default_service(spec: Object) -> None:
    """Fill what a service's spec leaves open, except addresses and ports that have to be allocated."""
    spec.setdefault("type", "ClusterIP")
    for port in spec.get("ports") or ():
        if not port.get("protocol"):
            port["protocol"] = "TCP"
        if port.get("targetPort") in (None, "", 0):
            port["targetPort"] = port.get("port", 0)
    if spec.get("sessionAffinity") == "ClientIP":
        config = spec.setdefault("sessionAffinityConfig", {})
        config.setdefault("clientIP", {}).setdefault("timeoutSeconds", AFFINITY_SECONDS)
    else:
        spec["sessionAffinity"] = spec.get("sessionAffinity") or HEADLESS
        spec.pop("sessionAffinityConfig", None)
    if spec["type"] in (NODE_PORT, LOAD_BALANCER) and not spec.get("externalTrafficPolicy"):
        spec["externalTrafficPolicy"] = "Cluster"
    if spec["type"] != EXTERNAL_NAME and not spec.get("internalTrafficPolicy"):
        spec["internalTrafficPolicy"] = "Cluster"
    if spec["type"] == LOAD_BALANCER:
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    _agree_on_addresses(spec)


def _agree_on_addresses(spec: Object) -> None:
    """`clusterIP` is the first of `clusterIPs`; either one makes the other."""
    if spec.get("clusterIP") and not spec.get("clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]]
    elif spec.get("clusterIPs") and not spec.get("clusterIP"):
        spec["clusterIP"] = spec["clusterIPs"][0]


def needs_cluster_ip(spec: Object) -> bool:
    """Whether a service has an address inside the cluster (or says that it wants none)."""
    return bool(spec.get("type", "ClusterIP") != EXTERNAL_NAME)


def is_headless(spec: Object) -> bool:
    """Whether its name leads straight to its pods."""
    return spec.get("clusterIP") == HEADLESS or HEADLESS in (spec.get("clusterIPs") or ())


def needs_node_ports(spec: Object) -> bool:
    """Whether its ports are open on every node."""
    if spec.get("type") == LOAD_BALANCER:
        return bool(spec.get("allocateLoadBalancerNodePorts", True))
    return spec.get("type") == NODE_PORT


def may_have_node_ports(spec: Object) -> bool:
    """Whether its ports may be open on every node."""
    return spec.get("type") in (NODE_PORT, LOAD_BALANCER)


def needs_health_port(spec: Object) -> bool:
    """Whether nodes tell a load balancer if they have pods of it."""
    return spec.get("type") == LOAD_BALANCER and spec.get("externalTrafficPolicy") == "Local"


def is_external(spec: Object) -> bool:
    """Whether it can be reached from outside of the cluster."""
    return may_have_node_ports(spec) or bool(spec.get("type") == "ClusterIP" and spec.get("externalIPs"))


def keep_allocated(spec: Object, old: Object) -> None:
    """What was allocated stays where a client does not speak of it."""
    if needs_cluster_ip(spec) and needs_cluster_ip(old):
        if not spec.get("clusterIP") and not spec.get("clusterIPs") and old.get("clusterIP"):
            spec["clusterIP"], spec["clusterIPs"] = old["clusterIP"], list(old.get("clusterIPs") or [old["clusterIP"]])
        elif _only_first_changed(spec, old):
            spec["clusterIPs"] = [spec["clusterIP"]]
        for field in ("ipFamilies", "ipFamilyPolicy"):
            if not spec.get(field) and old.get(field):
                spec[field] = old[field]
    if may_have_node_ports(spec) and may_have_node_ports(old):
        known = {(port.get("protocol", "TCP"), port.get("port")): port.get("nodePort") for port in old.get("ports") or ()}
        used = {(port.get("protocol", "TCP"), port.get("nodePort")) for port in spec.get("ports") or ()}
        for port in spec.get("ports") or ():
            protocol = port.get("protocol", "TCP")
            kept = known.get((protocol, port.get("port")))
            if kept and not port.get("nodePort") and (protocol, kept) not in used:
                port["nodePort"] = kept
    if needs_health_port(spec) and needs_health_port(old) and old.get("healthCheckNodePort"):
        spec.setdefault("healthCheckNodePort", old["healthCheckNodePort"])


def _only_first_changed(spec: Object, old: Object) -> bool:
    """Whether a client changed `clusterIP` and sent the old `clusterIPs` back."""
    asked = spec.get("clusterIP")
    return bool(asked) and asked != old.get("clusterIP") and spec.get("clusterIPs") == old.get("clusterIPs")


_DEPENDENT: tuple[tuple[Callable[[Object], bool], tuple[str, ...]], ...] = (
    (needs_cluster_ip, ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy")),
    (needs_health_port, ("healthCheckNodePort",)),
    (is_external, ("externalTrafficPolicy",)),
    (lambda spec: spec.get("type") == LOAD_BALANCER, ("allocateLoadBalancerNodePorts", "loadBalancerClass")),
)


def drop_dependent(spec: Object, old: Object) -> None:
    """Fields that only the old type had go with it, unless the client sets them anew."""
    for needed, fields in _DEPENDENT:
        if needed(old) and not needed(spec):
            for field in fields:
                if spec.get(field) == old.get(field):
                    spec.pop(field, None)
    if may_have_node_ports(old) and not may_have_node_ports(spec):
        held = {(port.get("protocol", "TCP"), port.get("nodePort")) for port in old.get("ports") or ()}
        for port in spec.get("ports") or ():
            if (port.get("protocol", "TCP"), port.get("nodePort")) in held:
                port.pop("nodePort", None)
