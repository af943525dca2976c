"""Ending containers without waiting for them: `preStop`, then the stop signal, then KILL when the grace is over.

`begin` is called at every look and only ever shortens what is under way; `advance` takes the step that is due and says when the
next one is.
"""

import signal
from collections.abc import Iterable

from kubernel.node.pods.hooks import Hooks
from kubernel.node.pods.memory import PodMemory, Stop
from kubernel.node.probes.actions import Outcome, Target
from kubernel.node.surroundings import Surroundings
from kubernel.ports.runtime import ContainerState, ContainerStatus
from kubernel.types.json import Object

AFTER_HOOK = 2.0
"""Seconds that a container has after its `preStop` hook, however long that took."""
KILL_AGAIN = 5.0


class Stopping:
    """See the module."""

    def __init__(self, surroundings: Surroundings, hooks: Hooks) -> None:
        self._around, self._hooks = surroundings, hooks

    def begin(self, memory: PodMemory, status: ContainerStatus, grace: float, message: str, address: str) -> None:
        """End a container within `grace` seconds; `message` is for the event."""
        now = self._around.clock.monotonic()
        under_way = memory.stops.get(status.id)
        if under_way is not None:
            under_way.deadline = max(min(under_way.deadline, now + grace), under_way.not_before)
            return
        container = container_of(memory.pod, status.name)
        lifecycle = (container or {}).get("lifecycle") or {}
        stop = Stop(status.id, status.name, now + grace, _stop_signal(lifecycle))
        memory.stops[status.id] = stop
        self._around.recorder.event(memory.pod, "Normal", "Killing", message)
        if lifecycle.get("preStop") and container is not None and grace > 0:
            target = Target(container, status.id, address)
            stop.hook = self._hooks.begin(memory.key, lifecycle["preStop"], target, max(grace, 1.0))

    def advance(self, memory: PodMemory, running: Iterable[ContainerStatus]) -> float | None:
        """Take the steps that are due; gives the seconds until the next one, None when an end is all that is waited for."""
        alive = {status.id for status in running if status.state is ContainerState.RUNNING}
        for container_id in [known for known in memory.stops if known not in alive]:
            del memory.stops[container_id]
        waits = [self._step(memory, stop) for stop in memory.stops.values()]
        return min(waits, default=None)

    def _step(self, memory: PodMemory, stop: Stop) -> float:
        runtime, now = self._around.runtime, self._around.clock.monotonic()
        if stop.hook is not None:
            if not stop.hook.done() and now < stop.deadline:
                return stop.deadline - now
            self._hook_ended(memory, stop, stop.hook.result() if stop.hook.done() else None)
            stop.hook = None
            stop.not_before = now + AFTER_HOOK
            stop.deadline = max(stop.deadline, stop.not_before)
        if not stop.asked:
            stop.asked = True
            if stop.deadline > now:
                runtime.signal(stop.container_id, stop.signal)
        if now < stop.deadline:
            return stop.deadline - now
        runtime.signal(stop.container_id, signal.SIGKILL)
        return KILL_AGAIN

    def _hook_ended(self, memory: PodMemory, stop: Stop, outcome: Outcome | None) -> None:
        if outcome is None or outcome.success is not True:
            what = outcome.message if outcome is not None else "it took longer than the grace period"
            self._around.recorder.event(memory.pod, "Warning", "FailedPreStopHook", f"PreStopHook failed: {what}")


def container_of(pod: Object, name: str) -> Object | None:
    """The container of this name in a pod's spec, of whatever kind."""
    spec = pod.get("spec") or {}
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        for container in spec.get(kind) or ():
            if container["name"] == name:
                found: Object = container
                return found
    return None


def _stop_signal(lifecycle: Object) -> int:
    name = str(lifecycle.get("stopSignal") or "SIGTERM")
    return int(signal.Signals[name]) if name in signal.Signals.__members__ else int(signal.SIGTERM)
