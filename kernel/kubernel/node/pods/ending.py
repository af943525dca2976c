"""Taking a pod down: its containers first, its sidecars after them in reverse, then everything that was its own on this node."""

import shutil

from kubernel.node.pods.memory import PodMemory
from kubernel.node.pods.rooms import Rooms
from kubernel.node.pods.view import PodView
from kubernel.ports.runtime import ContainerStatus
from kubernel.types.json import Object
from kubernel.types.pods import is_restartable_init

SIDECAR_SECONDS = 2.0


class Ending:
    """See the module."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def end(self, memory: PodMemory, view: PodView, grace: float) -> float | None:
        """Go on ending what runs; the seconds until the next look, None when nothing runs any more.

        :param grace: how long all of it may take, counted from the first call.
        """
        around = self._rooms.around
        now = around.clock.monotonic()
        if memory.ending_since is None:
            memory.ending_since = now
        running = view.running()
        if not running:
            memory.stops.clear()
            return None
        left = max(0.0, grace - (now - memory.ending_since))
        address = view.addresses[0] if view.addresses else ""
        names = _sidecars(memory.pod)
        for status in _next_to_end(names, running):
            # Who had to wait for the others gets a moment even when they used up the time.
            mine = max(left, min(grace, SIDECAR_SECONDS)) if status.name in names and status.id not in memory.stops else left
            self._rooms.stopping.begin(memory, status, mine, f"Stopping container {status.name}", address)
        wait = self._rooms.stopping.advance(memory, running)
        return around.config.sync_interval if wait is None else wait

    def clean(self, memory: PodMemory, view: PodView) -> None:
        """Nothing runs: forget the pod, its sandboxes, volumes, logs and address."""
        around = self._rooms.around
        for found in view.containers.values():
            for status in found:
                self._rooms.prober.forget(status.id)
        for sandbox in view.sandboxes:
            around.runtime.remove_sandbox(sandbox.id)
        self._rooms.volumes.remove(memory.uid)
        metadata = memory.pod["metadata"]
        logs = around.directories.logs(metadata["namespace"], metadata["name"], memory.uid)
        shutil.rmtree(logs, ignore_errors=True)
        self._rooms.addresses.release(memory.uid)
        self._rooms.admission.release(memory.uid)


def _sidecars(pod: Object) -> list[str]:
    return [c["name"] for c in (pod.get("spec") or {}).get("initContainers") or () if is_restartable_init(c)]


def _next_to_end(sidecars: list[str], running: list[ContainerStatus]) -> list[ContainerStatus]:
    """Who is to end now: all but sidecars; when only sidecars are left, the one that was started last."""
    others = [status for status in running if status.name not in sidecars]
    return others or [max(running, key=lambda status: sidecars.index(status.name))]
