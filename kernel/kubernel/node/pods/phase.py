"""A pod's phase and conditions: pure functions of its spec and its containers' entries."""

from collections.abc import Sequence
from datetime import datetime

from kubernel.node.pods.memory import Reason
from kubernel.types.conditions import condition_in, with_condition
from kubernel.types.json import Object
from kubernel.types.pods import is_restartable_init

PENDING, RUNNING, SUCCEEDED, FAILED = "Pending", "Running", "Succeeded", "Failed"
MOUNT_PATHS = "kubernel.io/MountPaths"
"""Whether volumes appear at their mount paths; there only for pods that have volumes and a runtime that cannot do it."""
_NO_MOUNT_PATHS = (
    "volumes cannot be mounted here without more privileges: they are directories named by the environment variables "
    "KUBERNEL_VOLUME_<NAME> and KUBERNEL_MOUNT_<PATH>"
)


def pod_phase(spec: Object, entries: Sequence[Object], initial: Sequence[Object]) -> str:
    """The phase that follows from the entries of the containers and of the init containers.

    A container that waits after it has run counts as ended, so that a pod which crashes again and again is Running.
    """
    policy = spec.get("restartPolicy", "Always")
    containers = {container["name"]: container for container in spec.get("initContainers") or ()}
    for entry in initial:
        if is_restartable_init(containers[entry["name"]]):
            if not _has_run(entry) and not entry.get("started"):
                return PENDING if not any(_has_run(e) for e in entries) else RUNNING
            continue
        ended = _ended(entry)
        if ended is not None and ended["exitCode"] != 0 and policy == "Never" and "terminated" in entry["state"]:
            return FAILED
        if not entry.get("ready") and not any(_has_run(e) for e in entries):
            return PENDING
    if any("running" in entry["state"] for entry in entries):
        return RUNNING if all(_has_run(entry) for entry in entries) else PENDING
    if not all(_has_run(entry) for entry in entries):
        return PENDING
    if policy == "Always":
        return RUNNING
    codes = [(_ended(entry) or {}).get("exitCode", 1) for entry in entries]
    if all(code == 0 for code in codes):
        return SUCCEEDED
    return FAILED if policy == "Never" else RUNNING


def _has_run(entry: Object) -> bool:
    return "running" in entry["state"] or _ended(entry) is not None


def _ended(entry: Object) -> Object | None:
    ended: Object | None = entry["state"].get("terminated")
    if ended is None and "waiting" in entry["state"]:
        ended = (entry.get("lastState") or {}).get("terminated")
    return ended


def pod_conditions(
    pod: Object,
    phase: str,
    entries: Sequence[Object],
    initial: Sequence[Object],
    now: datetime,
    *,
    has_sandbox: bool,
    mount_paths: bool,
) -> list[Object]:
    """The pod's conditions. Those that are not the agent's stay as they are."""
    before = list((pod.get("status") or {}).get("conditions") or ())
    done = phase in (SUCCEEDED, FAILED)
    wanted = [
        _condition("PodReadyToStartContainers", has_sandbox and not done),
        _initialized(phase, initial),
        *_ready(pod, phase, entries, initial, before),
    ]
    if condition_in(before, "PodScheduled") is None:
        wanted.append(_condition("PodScheduled", True))
    if pod["spec"].get("volumes") and not mount_paths:
        wanted.append(_condition(MOUNT_PATHS, False, Reason("NotPermitted", _NO_MOUNT_PATHS)))
    for condition in wanted:
        # Reasons and messages that no longer hold must go, so the old condition gives no more than its time.
        known = condition_in(before, condition["type"])
        if known is not None:
            kept = {"type", "status", "lastTransitionTime", "lastProbeTime"}
            before[before.index(known)] = {field: value for field, value in known.items() if field in kept}
        before = with_condition(before, condition, now)
    return before


def _condition(kind: str, holds: bool, why: Reason | None = None) -> Object:
    condition: Object = {"type": kind, "status": "True" if holds else "False", "lastProbeTime": None}
    if why is not None:
        condition["reason"] = why.reason
        if why.message:
            condition["message"] = why.message
    return condition


def _initialized(phase: str, initial: Sequence[Object]) -> Object:
    if phase == SUCCEEDED:
        return _condition("Initialized", True, Reason("PodCompleted"))
    waiting = [entry["name"] for entry in initial if not (entry.get("ready") or entry.get("started"))]
    if waiting:
        why = Reason("ContainersNotInitialized", f"containers with incomplete status: [{' '.join(waiting)}]")
        return _condition("Initialized", False, why)
    return _condition("Initialized", True)


def _ready(
    pod: Object, phase: str, entries: Sequence[Object], initial: Sequence[Object], before: Sequence[Object]
) -> list[Object]:
    if phase in (SUCCEEDED, FAILED):
        why = Reason("PodCompleted" if phase == SUCCEEDED else "PodFailed")
        return [_condition("ContainersReady", False, why), _condition("Ready", False, why)]
    sidecars = {c["name"] for c in pod["spec"].get("initContainers") or () if is_restartable_init(c)}
    counted = [*[entry for entry in initial if entry["name"] in sidecars], *entries]
    unready = [entry["name"] for entry in counted if not entry["ready"]]
    if unready:
        why = Reason("ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]")
        return [_condition("ContainersReady", False, why), _condition("Ready", False, why)]
    gates = [gate["conditionType"] for gate in pod["spec"].get("readinessGates") or ()]
    closed = [gate for gate in gates if (condition_in(before, gate) or {}).get("status") != "True"]
    if closed:
        why = Reason("ReadinessGatesNotReady", "; ".join(_closed_gate(gate, before) for gate in closed))
        return [_condition("ContainersReady", True), _condition("Ready", False, why)]
    return [_condition("ContainersReady", True), _condition("Ready", True)]


def _closed_gate(gate: str, before: Sequence[Object]) -> str:
    condition = condition_in(before, gate)
    if condition is None:
        return f'corresponding condition of pod readiness gate "{gate}" does not exist.'
    return f'the status of pod readiness gate "{gate}" is not "True", but {condition.get("status")}'
