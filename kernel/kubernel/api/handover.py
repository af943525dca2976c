"""How other threads hand work to the loop: many calls, one wake-up.

A store resolves a whole group of commits at once; waking the loop for each of them would cost more than the work itself.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any


class Mailbox:
    """Calls put in by any thread are made on the loop's thread, in order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._calls: deque[Callable[[], None]] = deque()
        self._woken = False

    def put(self, call: Callable[[], None]) -> None:
        """May be called from any thread. After the loop is closed the call is dropped: nobody is there to be answered."""
        self._calls.append(call)
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # Cleared first: what is put from here on either still gets into this round or wakes the loop again.
        self._woken = False
        try:
            for _ in range(len(self._calls)):
                self._calls.popleft()()
        finally:
            if self._calls and not self._woken:  # a call failed, which the loop reports; the others are still to be made
                self._woken = True
                self._loop.call_soon(self._deliver)

    def when_done(self, future: Future[Any], call: Callable[[], None]) -> None:
        """Make the call once the future is done."""
        future.add_done_callback(lambda _: self.put(call))
