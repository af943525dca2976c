"""The taints that say a node's troubles, and which pods put up with them. Pure functions.

Keys and effects are those that Kubernetes documents for taints of node conditions.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kubernel.types.conditions import condition_status
from kubernel.types.json import Object
from kubernel.types.times import format_time, parse_time

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
PRESSURES = (
    ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "node.kubernetes.io/pid-pressure"),
    ("NetworkUnavailable", "node.kubernetes.io/network-unavailable"),
)
MANAGED = frozenset((NOT_READY, UNREACHABLE, UNSCHEDULABLE, *(key for _, key in PRESSURES)))


def wanted_taints(node: Object, now: datetime) -> list[Object]:
    """The taints that a node should have: others' as they are, ours as its conditions say, with the time they began."""
    present: Sequence[Object] = node["spec"].get("taints") or ()
    ours = {(taint["key"], taint["effect"]): taint for taint in present if taint["key"] in MANAGED}
    kept = [taint for taint in present if taint["key"] not in MANAGED]
    return kept + [ours.get((key, effect)) or _taint(key, effect, now) for key, effect in _troubles(node)]


def _troubles(node: Object) -> list[tuple[str, str]]:
    found = []
    ready = condition_status(node, "Ready")
    if ready != "True":
        key = NOT_READY if ready == "False" else UNREACHABLE
        found += [(key, "NoSchedule"), (key, "NoExecute")]
    found += [(key, "NoSchedule") for kind, key in PRESSURES if condition_status(node, kind) == "True"]
    if node["spec"].get("unschedulable"):
        found.append((UNSCHEDULABLE, "NoSchedule"))
    return found


def _taint(key: str, effect: str, now: datetime) -> Object:
    return {"key": key, "effect": effect, "timeAdded": format_time(now)}


def tolerates(toleration: Object, taint: Object) -> bool:
    """Whether a toleration matches a taint."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator") == "Exists":
        return True
    return bool(toleration.get("key")) and (toleration.get("value") or "") == (taint.get("value") or "")


def leaves_in(pod: Object, taints: Sequence[Object], now: datetime) -> float | None:
    """Seconds until a pod has to leave a node with these NoExecute taints (not positive: now); None when it may stay.

    Of several tolerations that match a taint the shortest counts, as in Kubernetes.
    """
    dues = [due for taint in taints if (due := _due(pod, taint, now)) is not None]
    return (min(dues) - now).total_seconds() if dues else None


def _due(pod: Object, taint: Object, now: datetime) -> datetime | None:
    matching = [t for t in pod["spec"].get("tolerations") or () if tolerates(t, taint)]
    if not matching:
        return now
    seconds = [int(t["tolerationSeconds"]) for t in matching if t.get("tolerationSeconds") is not None]
    if not seconds:
        return None
    since = parse_time(taint["timeAdded"]) if taint.get("timeAdded") else now
    return since + timedelta(seconds=max(0, min(seconds)))


def no_execute(node: Object) -> list[Object]:
    """The taints that drive pods away."""
    return [taint for taint in node["spec"].get("taints") or () if taint["effect"] == "NoExecute"]
