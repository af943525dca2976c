"""The status of a pod as the API is told it, and the smallest patch that brings it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kubernel.node.pods.container_statuses import Observed, container_entries
from kubernel.node.pods.memory import Reason
from kubernel.node.pods.phase import FAILED, SUCCEEDED, pod_conditions, pod_phase
from kubernel.node.pods.view import PodView
from kubernel.types.json import JSON, Object
from kubernel.types.times import format_time

OWN_FIELDS = (
    "phase",
    "hostIP",
    "hostIPs",
    "podIP",
    "podIPs",
    "startTime",
    "reason",
    "message",
    "initContainerStatuses",
    "containerStatuses",
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a status depends on beside the pod and its containers."""

    host_address: str
    now: datetime
    mount_paths: bool = True
    failure: Reason | None = None
    ending: bool = False
    """The pod's deletion was asked for: it gets no more traffic."""
    ended: bool = False
    """Nothing of it runs any more, and nothing will."""
    phase: str = ""
    """The phase that the pod has for good already, whoever gave it."""


def pod_status(pod: Object, view: PodView, observed: Observed, circumstances: Circumstances) -> Object:
    """The whole status."""
    spec, before = pod["spec"], pod.get("status") or {}
    if circumstances.ending:
        observed = Observed(observed.runtime_name, observed.waiting, frozenset(), observed.started, observed.messages)
    initial = container_entries(
        spec.get("initContainers") or [], before.get("initContainerStatuses") or [], view, observed, initial=True
    )
    entries = container_entries(spec["containers"], before.get("containerStatuses") or [], view, observed, initial=False)
    phase = _phase(spec, entries, initial, circumstances)
    conditions = pod_conditions(
        pod,
        phase,
        entries,
        initial,
        circumstances.now,
        has_sandbox=view.sandbox is not None,
        mount_paths=circumstances.mount_paths,
    )
    status: Object = {
        "phase": phase,
        "conditions": conditions,
        "hostIP": circumstances.host_address,
        "hostIPs": [{"ip": circumstances.host_address}],
        "startTime": before.get("startTime") or format_time(circumstances.now),
        "containerStatuses": entries,
    }
    addresses = view.addresses or tuple(entry["ip"] for entry in before.get("podIPs") or ())
    if addresses:
        status["podIP"] = addresses[0]
        status["podIPs"] = [{"ip": address} for address in addresses]
    if initial:
        status["initContainerStatuses"] = initial
    if circumstances.failure is not None:
        status["reason"], status["message"] = circumstances.failure.reason, circumstances.failure.message
    elif circumstances.phase:
        status.update({field: before[field] for field in ("reason", "message") if field in before})
    return status


def _phase(spec: Object, entries: list[Object], initial: list[Object], circumstances: Circumstances) -> str:
    if circumstances.phase:
        return circumstances.phase
    if circumstances.failure is not None:
        return FAILED
    if circumstances.ended:
        # Whatever the restart policy says: nobody will restart them.
        codes = [(entry["state"].get("terminated") or {}).get("exitCode", 1) for entry in entries]
        return SUCCEEDED if all(code == 0 for code in codes) else FAILED
    return pod_phase(spec, entries, initial)


def rejected_status(pod: Object, failure: Reason, host_address: str, now: datetime) -> Object:
    """The status of a pod that this node did not take."""
    before = pod.get("status") or {}
    return {
        "phase": FAILED,
        "reason": failure.reason,
        "message": failure.message,
        "startTime": before.get("startTime") or format_time(now),
        "conditions": before.get("conditions") or [],
    }


def status_patch(before: Object, after: Object) -> Object:
    """A strategic merge patch of the status, empty where nothing changed.

    Conditions are merged by their type, so that only those which changed are sent and those of others are safe. Addresses are
    merged by their value, so that old ones must be taken away by name.
    """
    patch: Object = {}
    for field in OWN_FIELDS:
        if before.get(field) != after.get(field):
            patch[field] = after.get(field)
    if isinstance(patch.get("podIPs"), list):
        gone = [entry for entry in before.get("podIPs") or () if entry not in patch["podIPs"]]
        patch["podIPs"] = [*[{**entry, "$patch": "delete"} for entry in gone], *patch["podIPs"]]
    conditions = changed_conditions(before.get("conditions") or [], after.get("conditions") or [])
    if conditions:
        patch["conditions"] = conditions
    return patch


def changed_conditions(before: list[Object], after: list[Object]) -> list[Object]:
    """The conditions that differ, each with null for what it no longer has."""
    known: Mapping[str, Object] = {condition["type"]: condition for condition in before}
    changed = []
    for condition in after:
        old = known.get(condition["type"], {})
        if _without_nulls(old) != _without_nulls(condition):
            gone: dict[str, JSON] = {field: None for field in old if field not in condition}
            changed.append({**gone, **condition})
    return changed


def _without_nulls(condition: Object) -> Object:
    return {field: value for field, value in condition.items() if value is not None}
