"""An informers' thread that a test turns by hand, so that a cache can lag behind for as long as the test wants."""

import threading
from collections import deque
from collections.abc import Callable


class ManualDispatch:
    """A `kubernel.client.dispatch.Dispatch` whose tasks run when `run` is called, on the caller's thread."""

    def __init__(self) -> None:
        self._tasks: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._closed = False

    def post(self, task: Callable[[], None]) -> None:
        with self._lock:
            if not self._closed:
                self._tasks.append(task)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._tasks.clear()

    def run(self) -> int:
        """Run what waits, and what that posts; gives how many tasks there were."""
        count = 0
        while (task := self._next()) is not None:
            task()
            count += 1
        return count

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            return self._tasks.popleft() if self._tasks else None
