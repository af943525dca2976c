"""What a deployment's status says: counts, and the conditions Available, Progressing and ReplicaFailure. Pure functions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kubernel.types.conditions import condition_in, find_condition, without_condition
from kubernel.types.json import Object
from kubernel.types.times import format_time, parse_time
from kubernel_workloads.deployment.scaling import max_unavailable
from kubernel_workloads.deployment.sets import ReplicaSets, told, total, wanted

NO_DEADLINE = 2**31 - 1
COMPLETE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"
PAUSED, RESUMED = "DeploymentPaused", "DeploymentResumed"


def has_deadline(deployment: Object) -> bool:
    """Whether progress is watched at all."""
    seconds = deployment["spec"].get("progressDeadlineSeconds")
    return seconds is not None and int(seconds) != NO_DEADLINE


def progressing(status: str, reason: str, message: str) -> Object:
    return {"type": "Progressing", "status": status, "reason": reason, "message": message}


def put(conditions: Sequence[Object], new: Object, now: datetime) -> list[Object]:
    """The conditions with `new` among them; one with the same status and reason stays as it is."""
    before = condition_in(conditions, new["type"])
    if before is not None and (before["status"], before.get("reason")) == (new["status"], new["reason"]):
        return list(conditions)
    moment = format_time(now)
    kept = before is not None and before["status"] == new["status"] and before.get("lastTransitionTime")
    changed = before["lastTransitionTime"] if before is not None and kept else moment
    written = {**new, "lastUpdateTime": moment, "lastTransitionTime": changed}
    return [*without_condition(conditions, new["type"]), written]


def counts(deployment: Object, sets: ReplicaSets, newest: Object | None, now: datetime) -> Object:
    """The status apart from Progressing and ReplicaFailure; zeros are left out, as Kubernetes does."""
    available = sum(told(found, "availableReplicas") for found in sets)
    status: Object = {
        "observedGeneration": int(deployment["metadata"].get("generation") or 0),
        "replicas": sum(told(found, "replicas") for found in sets),
        "updatedReplicas": told(newest, "replicas") if newest is not None else 0,
        "readyReplicas": sum(told(found, "readyReplicas") for found in sets),
        "availableReplicas": available,
        "unavailableReplicas": max(0, total(sets) - available),
    }
    status = {name: count for name, count in status.items() if count}
    before = deployment.get("status") or {}
    if before.get("collisionCount"):
        status["collisionCount"] = before["collisionCount"]
    if available >= wanted(deployment) - max_unavailable(deployment):
        new = ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    else:
        new = ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    available_now = {"type": "Available", "status": new[0], "reason": new[1], "message": new[2]}
    status["conditions"] = put(before.get("conditions") or (), available_now, now)
    return status


def is_complete(deployment: Object, status: Object) -> bool:
    """Whether every pod is of the newest template and available, and no other one is left."""
    replicas = wanted(deployment)
    seen = int(status.get("observedGeneration") or 0) >= int(deployment["metadata"].get("generation") or 0)
    numbers = (status.get(name, 0) for name in ("updatedReplicas", "replicas", "availableReplicas"))
    return seen and all(number == replicas for number in numbers)


def has_progressed(deployment: Object, status: Object) -> bool:
    """Whether anything moved towards the goal since the status that the deployment shows."""
    before = deployment.get("status") or {}

    def number(source: Object, name: str) -> int:
        return int(source.get(name) or 0)

    def old_pods(source: Object) -> int:
        return number(source, "replicas") - number(source, "updatedReplicas")

    more = any(number(status, name) > number(before, name) for name in ("updatedReplicas", "readyReplicas", "availableReplicas"))
    return more or old_pods(status) < old_pods(before)


def deadline_in(deployment: Object, status: Object, now: datetime) -> float | None:
    """Seconds until the rollout counts as stuck (not positive: it does); None when nothing is waited for."""
    found = condition_in(status.get("conditions") or (), "Progressing")
    if not has_deadline(deployment) or found is None or found.get("reason") in (COMPLETE, TIMED_OUT):
        return None
    since = found.get("lastUpdateTime") or found.get("lastTransitionTime")
    if not since:
        return None
    due = parse_time(since) + timedelta(seconds=int(deployment["spec"]["progressDeadlineSeconds"]))
    return (due - now).total_seconds()


def rollout_status(deployment: Object, sets: ReplicaSets, newest: Object | None, now: datetime) -> Object:
    """The whole status during a rollout."""
    status = counts(deployment, sets, newest, now)
    conditions: list[Object] = status["conditions"]
    if not has_deadline(deployment):
        conditions = without_condition(conditions, "Progressing")
    elif not _was_complete(deployment, status):
        conditions = _progress(deployment, status, newest, now)
    failure = next((c for found in _newest_first(sets, newest) if (c := find_condition(found, "ReplicaFailure"))), None)
    if failure is None:
        conditions = without_condition(conditions, "ReplicaFailure")
    else:
        new = {name: failure.get(name, "") for name in ("type", "status", "reason", "message")}
        conditions = put(conditions, new, now)
    return {**status, "conditions": conditions}


def _was_complete(deployment: Object, status: Object) -> bool:
    """A finished rollout stays finished: a pod that fails later is no lack of progress."""
    found = find_condition(deployment, "Progressing")
    settled = status.get("replicas", 0) == status.get("updatedReplicas", 0)
    return settled and found is not None and found.get("reason") == COMPLETE


def _progress(deployment: Object, status: Object, newest: Object | None, now: datetime) -> list[Object]:
    conditions: list[Object] = status["conditions"]
    name = deployment["metadata"]["name"]
    what = f'ReplicaSet "{newest["metadata"]["name"]}"' if newest is not None else f'Deployment "{name}"'
    if is_complete(deployment, status):
        return put(conditions, progressing("True", COMPLETE, f"{what} has successfully progressed."), now)
    if has_progressed(deployment, status):
        before = condition_in(conditions, "Progressing")
        new = {**progressing("True", "ReplicaSetUpdated", f"{what} is progressing."), "lastUpdateTime": format_time(now)}
        same = before is not None and before["status"] == "True" and before.get("lastTransitionTime")
        new["lastTransitionTime"] = before["lastTransitionTime"] if before is not None and same else format_time(now)
        return [*without_condition(conditions, "Progressing"), new]
    left = deadline_in(deployment, status, now)
    if left is not None and left < 0:
        return put(conditions, progressing("False", TIMED_OUT, f"{what} has timed out progressing."), now)
    return conditions


def _newest_first(sets: ReplicaSets, newest: Object | None) -> list[Object]:
    return [newest, *(found for found in sets if found is not newest)] if newest is not None else list(sets)
