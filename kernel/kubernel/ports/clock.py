"""Time as a port, so that tests turn it by hand: nothing in the kernel or its plugins asks the system directly."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol


class Timer(Protocol):
    """A call that was asked for later."""

    def cancel(self) -> None:
        """Take it back; a no-op once it ran."""


class Clock(Protocol):
    """Wall time for what is written down, monotonic time for what is measured, and calls that are due later."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` after `delay` seconds on the clock's own thread; it must be short and must not block."""
