"""A clock that stands still until a test turns it.

`advance` is the clock's own thread in the sense of the port: it runs every call that becomes due, in order of its time, each
at exactly that time, on the thread which called it. A call that a callback asks for is run too if it is due by then, so that
`advance(60)` shows a chain of timers the whole minute. A timer of 0 seconds waits for the next `advance`, 0 seconds included.

Code under test that arms its timers on threads of its own is met with `wait_for_timers`, before the clock is turned.
"""

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeTimer:
    """A call that waits for its time."""

    def __init__(self, clock: "FakeClock", due: float, callback: Callable[[], None]) -> None:
        self._clock = clock
        self.due = due
        self.callback = callback

    def cancel(self) -> None:
        self._clock.cancel(self)


class FakeClock:
    """A `kubernel.ports.clock.Clock` for tests; every method may be called from any thread."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._elapsed = 0.0
        self._order = itertools.count()
        self._timers: list[tuple[float, int, FakeTimer]] = []
        self._changed = threading.Condition()
        # Reentrant, since a callback may turn the clock further; it keeps two turning threads from mixing their calls.
        self._turning = threading.RLock()

    def now(self) -> datetime:
        """The start plus what was advanced."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """How many seconds were advanced."""
        with self._changed:
            return self._elapsed

    def call_later(self, delay: float, callback: Callable[[], None]) -> FakeTimer:
        """Run `callback` when the clock is advanced to that time or past it."""
        with self._changed:
            timer = FakeTimer(self, self._elapsed + max(delay, 0.0), callback)
            heapq.heappush(self._timers, (timer.due, next(self._order), timer))
            self._changed.notify_all()
        return timer

    def cancel(self, timer: FakeTimer) -> None:
        """Take a timer back; a no-op once it ran."""
        with self._changed:
            self._timers = [item for item in self._timers if item[2] is not timer]
            heapq.heapify(self._timers)
            self._changed.notify_all()

    def advance(self, seconds: float) -> None:
        """Turn the clock forward and run what becomes due; an exception of a callback comes out here."""
        if seconds < 0:
            raise ValueError(f"a clock never goes back, asked for {seconds} seconds")
        with self._turning:
            target = self.monotonic() + seconds
            while (timer := self._next_due(target)) is not None:
                timer.callback()
            with self._changed:
                self._elapsed = max(self._elapsed, target)
                self._changed.notify_all()

    def run_due(self) -> None:
        """Run what is due already: `advance(0)`."""
        self.advance(0.0)

    @property
    def pending(self) -> list[float]:
        """In how many seconds each waiting call is due, soonest first."""
        with self._changed:
            return sorted(due - self._elapsed for due, _, _ in self._timers)

    def wait_for_timers(self, count: int = 1, timeout: float = 60.0) -> None:
        """Wait (in real time) until at least `count` calls are waiting.

        :raises TimeoutError: they were not asked for within `timeout` real seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._timers) >= count, timeout):
                raise TimeoutError(f"{count} timers expected within {timeout} seconds, found {len(self._timers)}")

    def _next_due(self, target: float) -> FakeTimer | None:
        with self._changed:
            if not self._timers or self._timers[0][0] > target:
                return None
            due, _, timer = heapq.heappop(self._timers)
            self._elapsed = max(self._elapsed, due)
            self._changed.notify_all()
            return timer
