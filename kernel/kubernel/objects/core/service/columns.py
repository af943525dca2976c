"""What `kubectl get services` shows."""

from datetime import datetime

from kubernel.objects.columns import AGE, NAME, NONE, map_selector_text
from kubernel.ports.resource import Column
from kubernel.types.json import Object

_NARROW = 16


def _cluster_ip(service: Object, now: datetime) -> str:
    spec = service.get("spec") or {}
    given = spec.get("clusterIPs") or ()
    return str((given[0] if given else spec.get("clusterIP")) or NONE)


def _external_ip(service: Object, now: datetime) -> str:
    spec = service.get("spec") or {}
    given = list(spec.get("externalIPs") or ())
    match spec.get("type"):
        case "ExternalName":
            return str(spec.get("externalName", ""))
        case "LoadBalancer":
            return _balancer(service, given)
        case _:
            return ",".join(given) or NONE


def _balancer(service: Object, given: list[str]) -> str:
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    ways = sorted({way.get("ip") or way.get("hostname") or "" for way in ingress} - {""})
    text = ",".join(ways)
    if len(text) > _NARROW:
        text = text[: _NARROW - 3] + "..."
    return ",".join([text, *given] if text else given) or "<pending>"


def _ports(service: Object, now: datetime) -> str:
    pieces = []
    for port in (service.get("spec") or {}).get("ports") or ():
        node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
        pieces.append(f"{port.get('port')}{node_port}/{port.get('protocol', 'TCP')}")
    return ",".join(pieces) or NONE


def _selector(service: Object, now: datetime) -> str:
    return map_selector_text((service.get("spec") or {}).get("selector"))


COLUMNS = (
    NAME,
    Column("Type", "string", lambda obj, now: (obj.get("spec") or {}).get("type", ""), "how it can be reached"),
    Column("Cluster-IP", "string", _cluster_ip, "its address inside the cluster"),
    Column("External-IP", "string", _external_ip, "its addresses outside of the cluster"),
    Column("Port(s)", "string", _ports, "its ports, with their node ports"),
    AGE,
    Column("Selector", "string", _selector, "labels of its pods", 1),
)
