"""What a control loop did and has not seen yet: a loop that trusts a cache which lags behind would do it twice.

Before it creates or deletes, a loop notes what it expects to see; its event handlers strike that off; until nothing is left, or
the time is up (an event may never come), the loop leaves the number of its objects alone. Deletions are expected by uid, since
a deleted object may be seen several times on its way out.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from kubernel.ports.clock import Clock

TIMEOUT = 300.0


@dataclass(slots=True)
class _Expected:
    since: float
    creations: int = 0
    deletions: set[str] = field(default_factory=set)


class Expectations:
    """By the key of a loop's own object. Every method may be called from any thread."""

    def __init__(self, clock: Clock, timeout: float = TIMEOUT) -> None:
        self._clock = clock
        self._timeout = timeout
        self._lock = threading.Lock()
        self._expected: dict[str, _Expected] = {}

    def expect_creations(self, key: str, count: int) -> None:
        """`count` objects are about to be created."""
        with self._lock:
            self._of(key).creations += count

    def expect_deletions(self, key: str, uids: Iterable[str]) -> None:
        """These objects are about to be deleted."""
        with self._lock:
            self._of(key).deletions.update(uids)

    def creation_observed(self, key: str, count: int = 1) -> None:
        """So many were seen, or will never come because their creation failed."""
        with self._lock:
            expected = self._expected.get(key)
            if expected is not None:
                expected.creations = max(0, expected.creations - count)

    def deletion_observed(self, key: str, uid: str) -> None:
        """The object is gone or on its way out, or its deletion failed."""
        with self._lock:
            expected = self._expected.get(key)
            if expected is not None:
                expected.deletions.discard(uid)

    def satisfied(self, key: str) -> bool:
        """Whether everything expected was seen, nothing ever was expected, or the time is up."""
        with self._lock:
            expected = self._expected.get(key)
            if expected is None:
                return True
            if not expected.creations and not expected.deletions:
                return True
            return self._clock.monotonic() - expected.since > self._timeout

    def forget(self, key: str) -> None:
        """The loop's object is gone."""
        with self._lock:
            self._expected.pop(key, None)

    def _of(self, key: str) -> _Expected:
        """The open expectations; finished or overdue ones give way to new ones, and the time counts from now."""
        now = self._clock.monotonic()
        expected = self._expected.get(key)
        if expected is None or now - expected.since > self._timeout:
            expected = self._expected[key] = _Expected(now)
        expected.since = now
        return expected
