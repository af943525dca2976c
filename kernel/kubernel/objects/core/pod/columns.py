"""What `kubectl get pods` shows. STATUS is the one word that tells most: a container's trouble before the pod's phase."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kubernel.objects.columns import AGE, NAME, NONE, since
from kubernel.ports.resource import Column
from kubernel.types.conditions import condition_status, find_condition
from kubernel.types.json import Object
from kubernel.types.pods import is_finished, is_ready, is_restartable_init


@dataclass(slots=True)
class Summary:
    """What the containers' states add up to."""

    reason: str
    ready: int = 0
    total: int = 0
    restarts: int = 0
    last_restart: str = ""


def summary(pod: Object) -> Summary:
    """Readiness, the word for STATUS, and restarts of a pod."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    found = Summary(status.get("reason") or status.get("phase") or "")
    gate = find_condition(pod, "PodScheduled")
    if gate is not None and gate.get("reason") == "SchedulingGated":
        found.reason = "SchedulingGated"
    sidecars = {c.get("name", "") for c in spec.get("initContainers") or () if is_restartable_init(c)}
    found.total = len(spec.get("containers") or ()) + len(sidecars)
    initializing = _init_reason(pod, sidecars, found)
    if not initializing or condition_status(pod, "Initialized") == "True":
        _sum_containers(pod, sidecars, found)
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            found.reason = "Unknown"
        elif not is_finished(pod):
            found.reason = "Terminating"
    return found


def _init_reason(pod: Object, sidecars: set[str], found: Summary) -> bool:
    """Whether an init container still has to end; it then gives the reason."""
    statuses = (pod.get("status") or {}).get("initContainerStatuses") or ()
    for position, status in enumerate(statuses):
        _count_restarts(status, found)
        state = status.get("state") or {}
        ended, waiting = state.get("terminated"), state.get("waiting") or {}
        if ended is not None and ended.get("exitCode") == 0:
            continue
        if status.get("name") in sidecars and status.get("started"):
            found.ready += bool(status.get("ready"))
            continue
        if ended is not None:
            found.reason = f"Init:{_ended_reason(ended)}"
        elif waiting.get("reason") not in (None, "", "PodInitializing"):
            found.reason = f"Init:{waiting['reason']}"
        else:
            found.reason = f"Init:{position}/{len((pod.get('spec') or {}).get('initContainers') or ())}"
        return True
    return False


def _sum_containers(pod: Object, sidecars: set[str], found: Summary) -> None:
    status = pod.get("status") or {}
    found.restarts, found.last_restart = 0, ""
    for init in status.get("initContainerStatuses") or ():
        if init.get("name") in sidecars:
            _count_restarts(init, found)
    running = False
    for container in reversed(status.get("containerStatuses") or ()):
        _count_restarts(container, found)
        state = container.get("state") or {}
        waiting, ended = state.get("waiting") or {}, state.get("terminated")
        if waiting.get("reason"):
            found.reason = waiting["reason"]
        elif ended is not None:
            found.reason = _ended_reason(ended)
        elif container.get("ready") and "running" in state:
            running = True
            found.ready += 1
    if found.reason == "Completed" and running:
        found.reason = "Running" if is_ready(pod) else "NotReady"


def _ended_reason(ended: Object) -> str:
    if ended.get("reason"):
        return str(ended["reason"])
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', 0)}"


def _count_restarts(status: Object, found: Summary) -> None:
    found.restarts += status.get("restartCount", 0)
    finished = ((status.get("lastState") or {}).get("terminated") or {}).get("finishedAt") or ""
    found.last_restart = max(found.last_restart, finished)


def _ready(pod: Object, now: datetime) -> str:
    found = summary(pod)
    return f"{found.ready}/{found.total}"


def _restarts(pod: Object, now: datetime) -> str:
    found = summary(pod)
    if not found.restarts or not found.last_restart:
        return str(found.restarts)
    return f"{found.restarts} ({since(found.last_restart, now)} ago)"


def _ip(pod: Object, now: datetime) -> str:
    status = pod.get("status") or {}
    addresses = status.get("podIPs") or ()
    return (addresses[0].get("ip") if addresses else status.get("podIP")) or NONE


def _readiness_gates(pod: Object, now: datetime) -> str:
    gates: Iterable[Object] = (pod.get("spec") or {}).get("readinessGates") or ()
    states = [condition_status(pod, gate.get("conditionType", "")) == "True" for gate in gates]
    return f"{sum(states)}/{len(states)}" if states else NONE


COLUMNS = (
    NAME,
    Column("Ready", "string", _ready, "containers that are ready, of all"),
    Column("Status", "string", lambda pod, now: summary(pod).reason, "what state its containers are in"),
    Column("Restarts", "string", _restarts, "restarts of its containers, and when the last one was"),
    AGE,
    Column("IP", "string", _ip, "its address", 1),
    Column("Node", "string", lambda pod, now: (pod.get("spec") or {}).get("nodeName") or NONE, "its node", 1),
    Column(
        "Nominated Node",
        "string",
        lambda pod, now: (pod.get("status") or {}).get("nominatedNodeName") or NONE,
        "the node on which room is being made for it",
        1,
    ),
    Column("Readiness Gates", "string", _readiness_gates, "conditions beside its containers' that hold, of all", 1),
)
