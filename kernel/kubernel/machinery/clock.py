"""The clock of a running cluster: real time, and one thread that makes every call which was asked for later.

One thread with a heap serves all timers of a process, since thousands of delayed keys must not become thousands of threads. It
starts with the first timer and is a daemon: a timer never keeps a process alive.
"""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

_log = logging.getLogger(__name__)


class SystemTimer:
    """A call that is due later."""

    __slots__ = ("_callback", "due")

    def __init__(self, due: float, callback: Callable[[], None]) -> None:
        self.due = due
        self._callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        # The entry stays in the heap until it is due and then does nothing; the callback is let go of at once.
        self._callback = None

    def take(self) -> Callable[[], None] | None:
        """The callback, once."""
        callback, self._callback = self._callback, None
        return callback


class SystemClock:
    """A `kubernel.ports.clock.Clock` over the system's time."""

    def __init__(self) -> None:
        self._order = itertools.count()
        self._timers: list[tuple[float, int, SystemTimer]] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def call_later(self, delay: float, callback: Callable[[], None]) -> SystemTimer:
        timer = SystemTimer(time.monotonic() + max(delay, 0.0), callback)
        with self._changed:
            if self._closed:
                return timer
            heapq.heappush(self._timers, (timer.due, next(self._order), timer))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
                self._thread.start()
            elif self._timers[0][2] is timer:
                self._changed.notify()
        return timer

    def close(self) -> None:
        """Forget every timer and end the thread. Closing twice is a no-op."""
        with self._changed:
            self._closed = True
            self._timers.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while (timer := self._next()) is not None:
            callback = timer.take()
            if callback is None:
                continue
            try:
                callback()
            except Exception:  # noqa: BLE001 - the loop of every timer: one broken callback must not stop the others
                _log.exception("a timer's callback failed")

    def _next(self) -> SystemTimer | None:
        with self._changed:
            while not self._closed:
                if not self._timers:
                    self._changed.wait()
                    continue
                wait = self._timers[0][0] - time.monotonic()
                if wait <= 0:
                    return heapq.heappop(self._timers)[2]
                self._changed.wait(wait)
            return None
