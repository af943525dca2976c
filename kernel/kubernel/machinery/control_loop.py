"""Drives one `kubernel.ports.controller.Controller`: informers wake it, a queue holds its keys, the shared workers run `sync`.

Handlers only compute keys and enqueue them; what a failure means is decided here and nowhere else: a conflict is tried again
quietly (somebody else was faster), anything else is logged and tried again, each time later.
"""

import logging
from collections.abc import Mapping, Sequence

from kubernel.errors import ConflictError, StatusError
from kubernel.machinery.work_queue import WorkQueue
from kubernel.machinery.worker_pool import WorkerPool
from kubernel.ports.client import Client, Handler, Informer
from kubernel.ports.clock import Clock
from kubernel.ports.controller import ControllerContext, ControllerFactory, EventRecorder, Together, Watch, in_turn
from kubernel.types.json import JSON, Object

_log = logging.getLogger(__name__)


class ControlLoop:
    """One controller and its queue. `attach`, then (once `synced`) `serve`, in the end `stop`."""

    def __init__(
        self,
        name: str,
        factory: ControllerFactory,
        client: Client,
        *,
        clock: Clock,
        recorder: EventRecorder,
        options: Mapping[str, JSON] | None = None,
        together: Together = in_turn,
    ) -> None:
        self.name = name
        self.queue = WorkQueue(clock, name=name)
        self._client = client
        context = ControllerContext(client, recorder, clock, self.queue.add_after, options or {}, together)
        self.controller = factory(context)
        self._informers: list[tuple[Watch, Informer]] = []
        self._attached = False
        self.serving = False

    def attach(self) -> None:
        """Start (or share) the informers of every watch; keys gather in the queue from now on. Attaching twice is a no-op.

        :raises StatusError: the controller asked the server what to watch and got no answer.
        """
        if self._attached:
            return
        watches = self.controller.watches()
        self._attached = True
        for watch in watches:
            informer = self._client.informer(
                watch.resource, label_selector=watch.label_selector, field_selector=watch.field_selector
            )
            self._informers.append((watch, informer))
            informer.add_handler(self._handler(watch))

    @property
    def waiting_for(self) -> Sequence[str]:
        """The resources whose first list is not in yet."""
        return tuple(str(watch.resource) for watch, informer in self._informers if not informer.synced)

    @property
    def synced(self) -> bool:
        """Whether every informer holds its first list: before that, a `sync` would see half the truth."""
        return self._attached and not self.waiting_for

    def serve(self, pool: WorkerPool, *, concurrency: int = 6) -> None:
        """Let the workers take the keys; to be called once the loop is synced."""
        self.serving = True
        pool.serve(self.queue, self.work, concurrency=concurrency)

    def stop(self) -> None:
        """Take no more keys; what is at work is finished by its worker."""
        self.serving = False
        self.queue.shutdown()

    def work(self, key: str) -> None:
        """One `sync`, and what its end means for the key. The caller says `done` to the queue."""
        try:
            again = self.controller.sync(key)
        except ConflictError:
            self.queue.add_rate_limited(key)
        except Exception as error:  # noqa: BLE001 - the worker loop: whatever it is, the key is tried again
            self._failed(key, error)
            self.queue.add_rate_limited(key)
        else:
            self.queue.forget(key)
            if again is not None:
                self.queue.add_after(key, again)

    def _failed(self, key: str, error: Exception) -> None:
        """Log the first, second, fourth, eighth ... failure in a row: an outage must not fill the log with one line a retry."""
        retries = self.queue.retries(key)
        if retries & (retries - 1):
            return
        trace = None if isinstance(error, StatusError) else error
        _log.warning("controller %s: %s failed (%d retries so far): %s", self.name, key, retries, error, exc_info=trace)

    def _handler(self, watch: Watch) -> Handler:
        def handle(old: Object | None, new: Object | None) -> None:
            for key in watch.keys(old, new):
                self.queue.add(key)

        return handle
