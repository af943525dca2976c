"""Keys whose time to live is over: found by the writer when a timer wakes it, deleted as ordinary changes.

Times are wall-clock, so that they go on while no process runs. One timer is armed at a time, for the soonest key.
"""

import sqlite3
from collections.abc import Callable

from kubernel.ports.clock import Clock, Timer
from kubernel.ports.store import Delete

GRAIN = 1.0
"""Expired keys are looked for at most this often, in seconds: many leases and events end in one transaction."""

BATCH = 256
"""Keys deleted at a time, so that a mass of events which end together does not hold up commits."""


class Expiry:
    """Belongs to the writer's thread, except for the timer, which only wakes it."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock, wake: Callable[[], None]) -> None:
        self._connection, self._clock, self._wake = connection, clock, wake
        self._timer: Timer | None = None
        self._armed_for = float("inf")
        self.arm(self._soonest())

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._clock.now().timestamp()

    def arm(self, soonest: float | None) -> None:
        """Be woken when a key that ends at this moment is due."""
        if soonest is None or soonest >= self._armed_for:
            return
        self.stop()
        self._armed_for = soonest
        self._timer = self._clock.call_later(max(soonest - self.now(), GRAIN), self._wake)

    def due(self) -> list[Delete]:
        """The keys that are over, each to be deleted unless it is written meanwhile."""
        if self.now() < self._armed_for:
            return []
        rows = self._connection.execute(
            "SELECT key, revision FROM state WHERE expires <= ? ORDER BY expires LIMIT ?", (self.now(), BATCH)
        ).fetchall()
        return [Delete(key, revision) for key, revision in rows]

    def full(self, due: list[Delete]) -> bool:
        """Whether there may be more than these."""
        return len(due) == BATCH

    def rearm(self) -> None:
        """After what was due is gone: be woken for the next key, if there is one."""
        self._armed_for = float("inf")
        self.arm(self._soonest())

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _soonest(self) -> float | None:
        soonest: float | None = self._connection.execute("SELECT min(expires) FROM state WHERE expires IS NOT NULL").fetchone()[0]
        return soonest
