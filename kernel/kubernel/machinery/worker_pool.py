"""One bounded pool of threads for every queue of a process: control loops share workers, none has threads of its own.

Queues are served in turn, one key each, so that a busy one cannot starve the others; `concurrency` bounds how many workers one
queue may hold at a time, so that a slow one cannot take them all.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from kubernel.machinery.work_queue import WorkQueue

_log = logging.getLogger(__name__)

WORKERS = 12


@dataclass(slots=True, eq=False)
class _Served:
    queue: WorkQueue
    work: Callable[[str], None]
    concurrency: int
    active: int = field(default=0)


class WorkerPool:
    """See the module. Threads are started with the first queue and are daemons."""

    def __init__(self, workers: int = WORKERS, *, name: str = "worker") -> None:
        self._workers = workers
        self._name = name
        self._changed = threading.Condition()
        self._served: deque[_Served] = deque()
        self._threads: list[threading.Thread] = []
        self._stopped = False

    def serve(self, queue: WorkQueue, work: Callable[[str], None], *, concurrency: int = 6) -> None:
        """Call `work(key)` on a worker for each key of the queue, and `done` after it, until the queue is shut down.

        `work` deals with its own errors; one that gets out is logged and the key is not retried.
        """
        served = _Served(queue, work, concurrency)
        queue.listen(self._wake)
        with self._changed:
            self._served.append(served)
            while not self._stopped and len(self._threads) < self._workers:
                thread = threading.Thread(target=self._run, name=f"{self._name}-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify_all()

    def stop(self, timeout: float = 10.0) -> bool:
        """Let the keys at work finish, then end the threads; False when one did not end within `timeout` seconds."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout)
        return not any(thread.is_alive() for thread in self._threads if thread is not threading.current_thread())

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify()

    def _run(self) -> None:
        while (found := self._next()) is not None:
            served, key = found
            try:
                served.work(key)
            except Exception:  # noqa: BLE001 - the worker loop: one broken controller must not take the worker with it
                _log.exception("work on %s of queue %s failed", key, served.queue.name)
            finally:
                served.queue.done(key)
                with self._changed:
                    served.active -= 1
                    self._changed.notify()

    def _next(self) -> tuple[_Served, str] | None:
        with self._changed:
            while not self._stopped:
                for _ in range(len(self._served)):
                    served = self._served[0]
                    if served.queue.closed and not served.active:
                        self._served.popleft()
                        continue
                    self._served.rotate(-1)
                    if served.active >= served.concurrency:
                        continue
                    key = served.queue.try_get()
                    if key is not None:
                        served.active += 1
                        return served, key
                self._changed.wait()
            return None
