"""Waiting longer after each failure: twice as long each time, up to a limit, and forgotten after a long time without one."""

from datetime import datetime, timedelta


class Backoff:
    """See the module. Times are wall times, since the moments of failure come from the runtime, which may outlive the agent."""

    def __init__(self, base: float, limit: float) -> None:
        self._base, self._limit = base, limit
        self._entries: dict[str, tuple[float, datetime]] = {}

    def delay(self, key: str) -> float:
        """How many seconds the key waits after a failure now; 0 before the first."""
        return self._entries[key][0] if key in self._entries else 0.0

    def wait(self, key: str, failed_at: datetime, now: datetime) -> float:
        """How many seconds are left until the next try after a failure; 0 when it may be now."""
        if key not in self._entries:
            return 0.0
        delay, updated = self._entries[key]
        if failed_at - updated > timedelta(seconds=2 * self._limit):
            # It did well for so long that this failure is a new story.
            del self._entries[key]
            return 0.0
        return max(0.0, delay - (now - failed_at).total_seconds())

    def next(self, key: str, now: datetime) -> None:
        """Another try is made now; if it fails, the wait is longer."""
        delay = self.delay(key)
        self._entries[key] = (min(max(delay * 2, self._base), self._limit), now)

    def forget(self, key: str) -> None:
        """It did well."""
        self._entries.pop(key, None)
