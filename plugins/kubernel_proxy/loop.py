"""The one thread that moves bytes: an event loop of its own, and the way for other threads to change things on it."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

import uvloop

Result = TypeVar("Result")


class LoopThread:
    """An event loop on a thread. `start` and `stop` may each be called once."""

    def __init__(self, name: str) -> None:
        self.loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def call(self, work: Callable[[], Result]) -> Result:
        """Run `work` on the loop and wait for its result; what it raises is raised here."""

        async def run() -> Result:
            return work()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result()

    def stop(self) -> None:
        """End the loop; what was asked of it before is still done."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join()
        self.loop.close()
