"""The informers' thread: whatever follows a server hands its news over here, and one thread tells the handlers.

One thread for all informers of a client keeps the promise that handlers are called one at a time and in order, and lets a late
handler join without a gap: its joining is a task like any other.
"""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol

_log = logging.getLogger(__name__)


class Dispatch(Protocol):
    """Runs tasks one at a time, in the order in which they were posted."""

    def post(self, task: Callable[[], None]) -> None:
        """Never blocks."""

    def close(self) -> None:
        """Run nothing more. Closing twice is a no-op."""


class ThreadDispatch:
    """Tasks run on one daemon thread, which starts with the first task."""

    def __init__(self, name: str = "informers") -> None:
        self._name = name
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def post(self, task: Callable[[], None]) -> None:
        if self._closed:
            return
        self._tasks.put(task)
        if self._thread is None:
            self._start()

    def close(self) -> None:
        self._closed = True
        self._tasks.put(None)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(10.0)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None and not self._closed:
            try:
                task()
            except Exception:  # noqa: BLE001 - the worker loop of informers: one broken handler must not silence the others
                _log.exception("an informer's task failed")
