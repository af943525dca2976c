"""Builds and runs every registered controller of a process: one worker pool, one recorder, shared informers.

Starting does not wait for the server: a loop begins as soon as its own informers are synced, whatever becomes of the others
(a resource that the server does not offer holds up only the loops that watch it; `health` names it).
"""

import logging
import threading
from collections.abc import Iterable, Mapping

from kubernel.errors import StatusError
from kubernel.machinery.control_loop import ControlLoop
from kubernel.machinery.recorder import Recorder
from kubernel.machinery.side_by_side import SideBySide
from kubernel.machinery.worker_pool import WorkerPool
from kubernel.ports.client import Client
from kubernel.ports.clock import Clock
from kubernel.ports.controller import ControllerFactory
from kubernel.types.json import JSON

_log = logging.getLogger(__name__)

POLL = 0.02
PATIENCE = 15.0


class ControllerManager:
    """See the module.

    :param factories: controllers by name, as the plugins registered them (a `Registrations` is one).
    :param common: options that every controller gets; `options` has further ones by the controller's name.
    """

    def __init__(
        self,
        factories: Iterable[tuple[str, ControllerFactory]],
        client: Client,
        clock: Clock,
        *,
        common: Mapping[str, JSON] | None = None,
        options: Mapping[str, Mapping[str, JSON]] | None = None,
        pool: WorkerPool | None = None,
    ) -> None:
        self._factories = list(factories)
        self._client, self._clock = client, clock
        self._common, self._options = common or {}, options or {}
        self._pool = pool or WorkerPool(name="controller")
        self._own_pool = pool is None
        self._recorder = Recorder(client, clock, "controller-manager")
        self._together = SideBySide()
        self._stopping = threading.Event()
        self._starter: threading.Thread | None = None
        self.loops: list[ControlLoop] = []

    def start(self) -> None:
        """Build the controllers and let each begin once it can; returns at once."""
        for name, factory in self._factories:
            loop = ControlLoop(
                name,
                factory,
                self._client,
                clock=self._clock,
                recorder=self._recorder.named(f"{name}-controller"),
                options={**self._common, **self._options.get(name, {})},
                together=self._together,
            )
            self.loops.append(loop)
        self._starter = threading.Thread(target=self._start_loops, name="controllers-start", daemon=True)
        self._starter.start()

    def _start_loops(self) -> None:
        """One short-lived thread that starts loops as they sync, since an informer cannot call back when it is ready."""
        waiting, begun, told = list(self.loops), self._clock.monotonic(), False
        while waiting and not self._stopping.is_set():
            waiting = [loop for loop in waiting if not self._begin(loop)]
            if not told and waiting and self._clock.monotonic() - begun > PATIENCE:
                told = True
                missing = sorted({resource for loop in waiting for resource in loop.waiting_for})
                _log.warning("controllers wait for: %s", ", ".join(missing))
            self._stopping.wait(POLL)

    def _begin(self, loop: ControlLoop) -> bool:
        """Attach a loop, and serve it once it is synced; what it watches may have to be asked of a server that is not up yet."""
        try:
            loop.attach()
        except StatusError as error:
            _log.debug("controller %s cannot begin yet: %s", loop.name, error)
            return False
        if loop.synced:
            loop.serve(self._pool)
        return loop.serving

    def stop(self) -> None:
        """End every loop; what is at work is finished first. Stopping twice is a no-op."""
        self._stopping.set()
        if self._starter is not None:
            self._starter.join()
        for loop in self.loops:
            loop.stop()
        if self._own_pool:
            self._pool.stop()
        self._together.close()
        self._recorder.stop()

    def health(self) -> Mapping[str, str]:
        """What is wrong, by the controller's name; empty when every loop works."""
        return {loop.name: self._trouble(loop) for loop in self.loops if not loop.serving}

    def _trouble(self, loop: ControlLoop) -> str:
        if self._stopping.is_set():
            return "is stopped"
        return f"waits for {', '.join(loop.waiting_for)}" if loop.waiting_for else "is starting"

    def wait_serving(self, timeout: float) -> bool:
        """Wait (in real seconds) until every loop has begun."""
        if self._starter is None:
            return False
        self._starter.join(timeout)
        return not self.health()
