"""What must be done from time to time: notice what the runtime did not tell, keep logs small, clear leftovers away."""

import logging
import shutil
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

from kubernel.node.logs.rotation import rotate
from kubernel.node.pods.container_config import log_path
from kubernel.node.pods.pod_loop import PodLoop
from kubernel.node.pods.rooms import Rooms
from kubernel.ports.clock import Timer
from kubernel.ports.runtime import ContainerState, RuntimeFault
from kubernel.types.json import Object

_log = logging.getLogger(__name__)


class Housekeeping:
    """See the module."""

    def __init__(self, rooms: Rooms, loop: PodLoop, executor: Executor) -> None:
        self._rooms, self._loop, self._executor = rooms, loop, executor
        self._states: dict[str, ContainerState] = {}
        self._timers: dict[str, Timer] = {}
        self._stopped = False

    def start(self) -> None:
        """Take up what an earlier agent left in the runtime, and begin."""
        around = self._rooms.around
        around.runtime.on_exit(self._exited)
        for sandbox in around.runtime.sandboxes():
            if sandbox.ready:
                for address in sandbox.addresses:
                    self._rooms.addresses.reserve(address, sandbox.pod_uid)
            pod: Object = {"metadata": {"namespace": sandbox.namespace, "name": sandbox.pod_name, "uid": sandbox.pod_uid}}
            self._loop.found(pod)
            around.wake(f"{sandbox.namespace}/{sandbox.pod_name}", 0.0)
        self._every("relist", around.config.relist_interval, self._relist)
        self._every("logs", around.config.log_check_interval, self._rotate_logs)

    def stop(self) -> None:
        self._stopped = True
        for timer in self._timers.values():
            timer.cancel()

    def clear_leftovers(self) -> None:
        """Remove the directories of pods that neither the API nor the runtime knows; only once both are known in full."""
        around = self._rooms.around
        known = {memory.uid for memory in self._loop.memories()} | {s.pod_uid for s in around.runtime.sandboxes()}
        for directory in _children(around.directories.root / "pods"):
            if directory.name not in known:
                shutil.rmtree(directory, ignore_errors=True)
        for directory in _children(around.directories.all_logs):
            if directory.name.rpartition("_")[2] not in known:
                shutil.rmtree(directory, ignore_errors=True)

    # --- what the runtime does ---------------------------------------------------------------------------------------

    def _exited(self, container_id: str) -> None:
        status = self._rooms.around.runtime.inspect(container_id)
        if status is not None:
            self._wake_sandbox(status.sandbox_id)

    def _wake_sandbox(self, sandbox_id: str) -> None:
        for sandbox in self._rooms.around.runtime.sandboxes():
            if sandbox.id == sandbox_id:
                self._rooms.around.wake(f"{sandbox.namespace}/{sandbox.pod_name}", 0.0)

    def _relist(self) -> None:
        present = {status.id: status for status in self._rooms.around.runtime.containers()}
        changed = {
            status.sandbox_id for status in present.values() if self._states.get(status.id, status.state) is not status.state
        }
        self._states = {status.id: status.state for status in present.values()}
        for sandbox_id in changed:
            self._wake_sandbox(sandbox_id)

    def _rotate_logs(self) -> None:
        around = self._rooms.around
        sandboxes = {sandbox.id: sandbox for sandbox in around.runtime.sandboxes()}
        for status in around.runtime.containers():
            sandbox = sandboxes.get(status.sandbox_id)
            if status.state is not ContainerState.RUNNING or sandbox is None:
                continue
            metadata = {"namespace": sandbox.namespace, "name": sandbox.pod_name, "uid": sandbox.pod_uid}
            rotate(
                log_path(around, {"metadata": metadata}, status.name, status.attempt),
                max_bytes=around.config.log_max_bytes,
                max_files=around.config.log_max_files,
                now=around.clock.now(),
                reopen=partial(around.runtime.reopen_log, status.id),
            )

    # --- time --------------------------------------------------------------------------------------------------------

    def _every(self, name: str, interval: float, work: Callable[[], None]) -> None:
        def due() -> None:
            if not self._stopped:
                self._timers[name] = self._rooms.around.clock.call_later(interval, due)
                try:
                    self._executor.submit(self._guarded, name, work)
                except RuntimeError:
                    # The agent stops and takes no more work.
                    self._stopped = True

        self._timers[name] = self._rooms.around.clock.call_later(interval, due)

    def _guarded(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except (RuntimeFault, OSError) as error:
            _log.warning("housekeeping of the node (%s): %s", name, error)


def _children(directory: Path) -> list[Path]:
    return list(directory.iterdir()) if directory.exists() else []
