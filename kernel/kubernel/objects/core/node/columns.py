"""What `kubectl get nodes` shows."""

from datetime import datetime

from kubernel.objects.columns import AGE, NAME, NONE, UNKNOWN
from kubernel.ports.resource import Column
from kubernel.types.conditions import find_condition
from kubernel.types.json import Object

_ROLE_PREFIX = "node-role.kubernetes.io/"
_OLD_ROLE = "kubernetes.io/role"


def _status(node: Object, now: datetime) -> str:
    condition = find_condition(node, "Ready")
    words = ["Unknown" if condition is None else "Ready" if condition.get("status") == "True" else "NotReady"]
    if (node.get("spec") or {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def _roles(node: Object, now: datetime) -> str:
    roles = set()
    for key, value in (node["metadata"].get("labels") or {}).items():
        if key.startswith(_ROLE_PREFIX) and key != _ROLE_PREFIX:
            roles.add(key.removeprefix(_ROLE_PREFIX))
        elif key == _OLD_ROLE and value:
            roles.add(value)
    return ",".join(sorted(roles)) or NONE


def _address(node: Object, kind: str) -> str:
    for address in (node.get("status") or {}).get("addresses") or ():
        if address.get("type") == kind:
            return str(address.get("address") or NONE)
    return NONE


def _told(node: Object, field: str) -> str:
    return str(((node.get("status") or {}).get("nodeInfo") or {}).get(field) or UNKNOWN)


COLUMNS = (
    NAME,
    Column("Status", "string", _status, "whether it is ready, and whether it takes new pods"),
    Column("Roles", "string", _roles, "its roles, from its labels"),
    AGE,
    Column("Version", "string", lambda node, now: _told(node, "kubeletVersion"), "version of its agent"),
    Column("Internal-IP", "string", lambda node, now: _address(node, "InternalIP"), "its address inside the cluster", 1),
    Column("External-IP", "string", lambda node, now: _address(node, "ExternalIP"), "its address outside the cluster", 1),
    Column("OS-Image", "string", lambda node, now: _told(node, "osImage"), "its operating system", 1),
    Column("Kernel-Version", "string", lambda node, now: _told(node, "kernelVersion"), "its operating system's kernel", 1),
    Column("Container-Runtime", "string", lambda node, now: _told(node, "containerRuntimeVersion"), "its runtime", 1),
)
