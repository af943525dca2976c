"""What everybody must be able to say of a pod: ready, finished, active, available, and how its resources are guaranteed.

Pure functions of one object, for controllers, the node agent and the API's rules alike.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from kubernel.types.conditions import find_condition
from kubernel.types.json import Object
from kubernel.types.quantity import parse_quantity
from kubernel.types.times import parse_time

FINISHED_PHASES = frozenset(("Succeeded", "Failed"))
GUARANTEED_RESOURCES = ("cpu", "memory")


def is_finished(pod: Object) -> bool:
    """Whether no container of it will ever run again."""
    return (pod.get("status") or {}).get("phase") in FINISHED_PHASES


def is_terminating(pod: Object) -> bool:
    """Whether its deletion was asked for."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def is_active(pod: Object) -> bool:
    """Whether it counts as a replica: neither finished nor on its way out."""
    return not is_finished(pod) and not is_terminating(pod)


def is_ready(pod: Object) -> bool:
    """Whether its Ready condition holds."""
    condition = find_condition(pod, "Ready")
    return condition is not None and condition.get("status") == "True"


def ready_since(pod: Object) -> datetime | None:
    """Since when it has been ready; None when it is not, or nobody wrote down since when."""
    condition = find_condition(pod, "Ready")
    if condition is None or condition.get("status") != "True" or not condition.get("lastTransitionTime"):
        return None
    return parse_time(condition["lastTransitionTime"])


def phase_of(pod: Object) -> str:
    """The pod's phase; one that was never told of counts as Pending."""
    return str((pod.get("status") or {}).get("phase") or "Pending")


def available_in(pod: Object, min_ready_seconds: int, now: datetime) -> timedelta | None:
    """How long until it has been ready for at least so long (not positive: it has); None when it is not ready."""
    if not is_ready(pod):
        return None
    if not min_ready_seconds:
        return timedelta(0)
    since = ready_since(pod)
    return None if since is None else since + timedelta(seconds=min_ready_seconds) - now


def is_available(pod: Object, min_ready_seconds: int, now: datetime) -> bool:
    """Whether it has been ready for at least so long."""
    left = available_in(pod, min_ready_seconds, now)
    return left is not None and left <= timedelta(0)


def is_restartable_init(container: Object) -> bool:
    """Whether an init container is a sidecar: started in turn, then kept running beside the others."""
    return container.get("restartPolicy") == "Always"


def qos_class(spec: Object) -> str:
    """Guaranteed when every container limits processor and memory to what it requests, BestEffort when none asks for either."""
    asked, guaranteed = False, True
    for resources in _resources(spec):
        requests = _positive(resources.get("requests"))
        limits = _positive(resources.get("limits"))
        asked = asked or bool(requests or limits)
        differ = any(name in requests and requests[name] != limits[name] for name in limits)
        if set(limits) != set(GUARANTEED_RESOURCES) or differ:
            guaranteed = False
    if not asked:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"


def _resources(spec: Object) -> Iterator[Object]:
    """The resources that decide: the pod's own where it has some, else every container's."""
    own = spec.get("resources") or {}
    if own.get("requests") or own.get("limits"):
        yield own
        return
    for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
        yield container.get("resources") or {}


def _positive(quantities: Object | None) -> Object:
    parsed = {name: parse_quantity((quantities or {}).get(name, 0)) for name in GUARANTEED_RESOURCES}
    return {name: value for name, value in parsed.items() if value > 0}
