"""The `containerStatuses` of a pod: pure functions from what the runtime and the probes say."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kubernel.node.pods.memory import Reason
from kubernel.node.pods.view import PodView, has_ended
from kubernel.ports.runtime import ContainerState, ContainerStatus
from kubernel.types.json import Object
from kubernel.types.pods import is_restartable_init
from kubernel.types.times import format_time


@dataclass(frozen=True, slots=True)
class Observed:
    """What is known of a pod's containers beyond the runtime's own words."""

    runtime_name: str
    waiting: Mapping[str, Reason] = field(default_factory=dict)
    ready: frozenset[str] = frozenset()
    """The ids of containers that are ready."""
    started: frozenset[str] = frozenset()
    """The ids of containers that run and have started, as probes and hooks say."""
    messages: Mapping[str, str] = field(default_factory=dict)
    """Termination messages, by id."""


def container_entries(
    containers: list[Object], before: list[Object], view: PodView, observed: Observed, *, initial: bool
) -> list[Object]:
    """One entry for each container, in the order of the spec.

    :param before: the entries that the API has now, for what the runtime has forgotten.
    :param initial: they are init containers, for which "ready" means that they are done.
    """
    known = {entry.get("name"): entry for entry in before}
    return [_entry(container, known.get(container["name"]), view, observed, initial=initial) for container in containers]


def _entry(container: Object, before: Object | None, view: PodView, observed: Observed, *, initial: bool) -> Object:
    name = container["name"]
    status = view.newest(name)
    if status is None:
        return _never_ran(container, before, observed)
    runs = status.state is ContainerState.RUNNING
    reason = observed.waiting.get(name)
    if runs:
        state: Object = {"running": {"startedAt": format_time(status.started_at or status.created_at)}}
    elif has_ended(status) and reason is None:
        state = {"terminated": terminated(status, observed)}
    else:
        state = {"waiting": _waiting(reason or Reason("ContainerCreating"))}
    last = status if has_ended(status) and "waiting" in state else view.previous(name)
    ready = status.id in observed.ready
    if initial and not is_restartable_init(container):
        ready = has_ended(status) and status.exit_code == 0
    started = status.id in observed.started
    return {
        "name": name,
        "state": state,
        "lastState": {"terminated": terminated(last, observed)} if last is not None else _remembered(before, status),
        "ready": ready,
        "restartCount": status.attempt,
        "image": status.image,
        "imageID": status.image_id,
        "containerID": f"{observed.runtime_name}://{status.id}",
        "started": started,
    }


def _never_ran(container: Object, before: Object | None, observed: Observed) -> Object:
    """The runtime knows nothing of it: it waits for its turn, or the runtime has lost what the API still remembers."""
    reason = observed.waiting.get(container["name"]) or Reason("ContainerCreating")
    entry: Object = {
        "name": container["name"],
        "state": {"waiting": _waiting(reason)},
        "lastState": {},
        "ready": False,
        "restartCount": 0,
        "image": container["image"],
        "imageID": "",
        "started": False,
    }
    if before is not None and before.get("containerID"):
        ended = (before.get("state") or {}).get("terminated")
        entry["restartCount"] = before.get("restartCount", 0)
        entry["lastState"] = {"terminated": ended} if ended else before.get("lastState") or {}
    return entry


def _remembered(before: Object | None, status: ContainerStatus) -> Object:
    """What the API remembers of the run before this one, when the runtime has forgotten it."""
    if before is None or not status.attempt:
        return {}
    remembered: Object = before.get("lastState") or {}
    return remembered


def _waiting(reason: Reason) -> Object:
    return {"reason": reason.reason, "message": reason.message} if reason.message else {"reason": reason.reason}


def terminated(status: ContainerStatus, observed: Observed) -> Object:
    """How a container ended."""
    finished = status.finished_at or status.created_at
    entry: Object = {
        "exitCode": status.exit_code,
        "reason": status.reason or ("Completed" if status.exit_code == 0 else "Error"),
        "startedAt": format_time(status.started_at or finished),
        "finishedAt": format_time(finished),
        "containerID": f"{observed.runtime_name}://{status.id}",
    }
    if status.signal:
        entry["signal"] = status.signal
    message = observed.messages.get(status.id) or status.message
    if message:
        entry["message"] = message
    return entry
