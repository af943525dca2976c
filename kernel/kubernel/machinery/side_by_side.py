"""Many writes at once, for all controllers of a process: a store with group commit takes ten of them in the time of one.

The threads are started when they are first needed. They are not those of the worker pool: a worker that waited for others of its
own pool could wait for ever.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

WIDTH = 8


class SideBySide:
    """A `kubernel.ports.controller.Together` on a bounded number of threads, shared by everybody who calls it."""

    def __init__(self, width: int = WIDTH) -> None:
        self._width = width
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None

    def __call__(self, calls: Sequence[Callable[[], None]]) -> None:
        if len(calls) == 1:
            calls[0]()
            return
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._width, thread_name_prefix="side-by-side")
            futures = [self._executor.submit(call) for call in calls]
        wait(futures)
        for future in futures:
            future.result()

    def close(self) -> None:
        """End the threads once their calls are done. Closing twice is a no-op."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown()
