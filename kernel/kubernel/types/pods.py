"""What many components ask of a pod: does it still run, is it ready, since when."""

from datetime import datetime, timedelta

from kubernel.types.conditions import condition, is_true
from kubernel.types.json import Object
from kubernel.types.times import parse_time


def phase_of(pod: Object) -> str:
    """The pod's phase; one that was never told of counts as Pending."""
    return str((pod.get("status") or {}).get("phase") or "Pending")


def is_finished(pod: Object) -> bool:
    """Whether all of its containers ended for good."""
    return phase_of(pod) in ("Succeeded", "Failed")


def is_deleting(obj: Object) -> bool:
    """Whether its deletion was asked for."""
    return obj["metadata"].get("deletionTimestamp") is not None


def is_active(pod: Object) -> bool:
    """Neither finished nor on its way out: what controllers count."""
    return not is_finished(pod) and not is_deleting(pod)


def is_ready(pod: Object) -> bool:
    """Whether its Ready condition is True."""
    return is_true(pod, "Ready")


def ready_since(pod: Object) -> datetime | None:
    """When a ready pod became ready."""
    found = condition(pod, "Ready")
    if found is None or found.get("status") != "True" or not found.get("lastTransitionTime"):
        return None
    return parse_time(found["lastTransitionTime"])


def available_in(pod: Object, min_ready_seconds: int, now: datetime) -> timedelta | None:
    """How long until a pod has been ready for `min_ready_seconds` (not positive: it has); None when it is not ready."""
    if not is_ready(pod):
        return None
    if not min_ready_seconds:
        return timedelta(0)
    since = ready_since(pod)
    return None if since is None else since + timedelta(seconds=min_ready_seconds) - now


def is_available(pod: Object, min_ready_seconds: int, now: datetime) -> bool:
    """Whether it has been ready for long enough."""
    left = available_in(pod, min_ready_seconds, now)
    return left is not None and left <= timedelta(0)
