"""What a replica set's status says, as a pure function of its pods."""

from collections.abc import Sequence
from datetime import datetime

from kubernel.types.conditions import condition_in, with_condition, without_condition
from kubernel.types.json import Object
from kubernel.types.pods import available_in, is_available, is_ready

REPLICA_FAILURE = "ReplicaFailure"


def calculate(replica_set: Object, active: Sequence[Object], failure: tuple[str, str] | None, now: datetime) -> Object:
    """The status to write.

    :param active: its pods that count.
    :param failure: reason (FailedCreate, FailedDelete) and message of what just went wrong.
    """
    spec = replica_set["spec"]
    template_labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    wait = int(spec.get("minReadySeconds") or 0)
    counts = {
        "fullyLabeledReplicas": sum(1 for pod in active if _carries(pod, template_labels)),
        "readyReplicas": sum(1 for pod in active if is_ready(pod)),
        "availableReplicas": sum(1 for pod in active if is_available(pod, wait, now)),
        "observedGeneration": int(replica_set["metadata"].get("generation") or 0),
    }
    status: Object = {"replicas": len(active), **{name: count for name, count in counts.items() if count}}
    conditions = _conditions((replica_set.get("status") or {}).get("conditions") or (), failure, now)
    if conditions:
        status["conditions"] = conditions
    return status


def next_available(replica_set: Object, active: Sequence[Object], now: datetime) -> float | None:
    """In how many seconds the next of its ready pods becomes available by the passing of time alone."""
    wait = int(replica_set["spec"].get("minReadySeconds") or 0)
    left = [span.total_seconds() for pod in active if (span := available_in(pod, wait, now)) is not None]
    return min((seconds for seconds in left if seconds > 0), default=None)


def _carries(pod: Object, labels: Object) -> bool:
    held = pod["metadata"].get("labels") or {}
    return all(held.get(name) == value for name, value in labels.items())


def _conditions(before: Sequence[Object], failure: tuple[str, str] | None, now: datetime) -> list[Object]:
    if failure is None:
        return without_condition(before, REPLICA_FAILURE)
    reason, message = failure
    present = condition_in(before, REPLICA_FAILURE)
    if present is not None and (present["status"], present.get("reason")) == ("True", reason):
        # The first message stays: it would change with each retry, and each change is a write that wakes everybody.
        return list(before)
    return with_condition(before, {"type": REPLICA_FAILURE, "status": "True", "reason": reason, "message": message}, now)
