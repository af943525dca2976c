"""A queue of keys for control loops: each key waits once, and is never worked on twice at a time.

A key that is added while it waits is not added again; one that is added while it is being worked on waits until `done`, and is
then given out once more, so that no change is missed. Delays and back-off are timers of the injected clock. A delayed key has
one timer at most, the earliest that was asked for.
"""

import threading
from collections import deque
from collections.abc import Callable

from kubernel.ports.clock import Clock, Timer

BASE_DELAY = 0.005
MAX_DELAY = 1000.0


def _nothing() -> None:
    """Nobody wants to know."""


class WorkQueue:
    """See the module. Every method may be called from any thread.

    :param base_delay: seconds before the first retry of a key; doubles with each further one, up to `max_delay`.
    """

    def __init__(self, clock: Clock, *, name: str = "", base_delay: float = BASE_DELAY, max_delay: float = MAX_DELAY) -> None:
        self.name = name
        self._clock = clock
        self._base_delay, self._max_delay = base_delay, max_delay
        self._changed = threading.Condition()
        self._waiting: deque[str] = deque()
        self._dirty: set[str] = set()
        self._processing: set[str] = set()
        self._failures: dict[str, int] = {}
        self._timers: dict[str, tuple[float, Timer]] = {}
        self._listener: Callable[[], None] = _nothing
        self._closed = False

    def add(self, key: str) -> None:
        """Ask for work on a key, now."""
        with self._changed:
            if self._closed or key in self._dirty:
                return
            self._dirty.add(key)
            if key in self._processing:
                return
            self._waiting.append(key)
            self._changed.notify()
        self._listener()

    def add_after(self, key: str, delay: float) -> None:
        """Ask for work on a key after `delay` seconds; an earlier time that was asked for already stays."""
        if delay <= 0:
            self.add(key)
            return
        due = self._clock.monotonic() + delay
        with self._changed:
            if self._closed:
                return
            earlier = self._timers.get(key)
            if earlier is not None:
                if earlier[0] <= due:
                    return
                earlier[1].cancel()
            self._timers[key] = (due, self._clock.call_later(delay, lambda: self._due(key, due)))

    def add_rate_limited(self, key: str) -> None:
        """Ask for another try after a failure: later after each one, until `forget`."""
        with self._changed:
            failures = self._failures.get(key, 0)
            self._failures[key] = failures + 1
        # 2**60 is far past any limit, and keeps the number finite after a thousand failures.
        self.add_after(key, min(self._base_delay * 2.0 ** min(failures, 60), self._max_delay))

    def forget(self, key: str) -> None:
        """The key did well: its back-off begins anew."""
        with self._changed:
            self._failures.pop(key, None)

    def retries(self, key: str) -> int:
        """How often `add_rate_limited` was asked since the last `forget`."""
        with self._changed:
            return self._failures.get(key, 0)

    def get(self, timeout: float | None = None) -> str | None:
        """The next key, to be given back with `done`; None when the queue is shut down, or nothing came in real seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout)
            return self._take()

    def try_get(self) -> str | None:
        """The next key, or None when nothing waits."""
        with self._changed:
            return self._take()

    def done(self, key: str) -> None:
        """The work on a key that `get` gave has ended; if it was added meanwhile it waits again."""
        with self._changed:
            self._processing.discard(key)
            again = key in self._dirty and not self._closed
            if again:
                self._waiting.append(key)
            self._changed.notify_all()
        if again:
            self._listener()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever a key becomes ready; it must be short. One listener only: the workers'."""
        self._listener = listener

    def shutdown(self) -> None:
        """Take no more keys and give none out; whoever waits in `get` is let go."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._dirty.clear()
            timers = [timer for _, timer in self._timers.values()]
            self._timers.clear()
            self._changed.notify_all()
        for timer in timers:
            timer.cancel()

    def wait_idle(self, timeout: float) -> bool:
        """Wait until nobody works on a key and none is ready (delayed ones do not count); False after `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._processing, timeout)

    @property
    def processing(self) -> int:
        """How many keys are being worked on."""
        with self._changed:
            return len(self._processing)

    @property
    def delayed(self) -> int:
        """How many keys wait for their time."""
        with self._changed:
            return len(self._timers)

    @property
    def closed(self) -> bool:
        return self._closed

    def __len__(self) -> int:
        """How many keys are ready."""
        with self._changed:
            return len(self._waiting)

    def _take(self) -> str | None:
        if self._closed or not self._waiting:
            return None
        key = self._waiting.popleft()
        self._dirty.discard(key)
        self._processing.add(key)
        return key

    def _due(self, key: str, due: float) -> None:
        with self._changed:
            timer = self._timers.get(key)
            if timer is None or timer[0] != due:
                return
            del self._timers[key]
        self.add(key)
