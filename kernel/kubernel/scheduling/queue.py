"""The pods that wait for a node: in order of priority and arrival, set aside while nothing could help them.

A pod that no node takes is parked together with the kinds of change that could help it, and comes back only after one of them
(or after a long while, since no list of reasons is perfect). A failed try is never repeated at once: the pause grows from one
second to ten. Used from the scheduling thread alone, which asks `next_due` how long it may sleep.
"""

import heapq
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from kubernel.ports.clock import Clock

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 10.0
LONGEST_PARKED = 300.0


class Place(Enum):
    """Where a pod of the queue is: ready, out for a decision, pausing after a failed try, or parked."""

    READY = "ready"
    OUT = "out"
    PAUSING = "pausing"
    PARKED = "parked"


@dataclass(slots=True)
class _Waiting:
    key: str
    priority: int
    arrival: int
    place: Place = Place.READY
    tries: int = 0
    retry_at: float = 0.0
    parked_at: float = 0.0
    wakers: frozenset[str] = field(default_factory=frozenset)


class PodQueue:
    """See the module."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._arrivals = itertools.count()
        self._waiting: dict[str, _Waiting] = {}
        self._ready: list[tuple[int, int, str]] = []
        self._pausing: list[tuple[float, int, str]] = []
        self._parked: dict[str, _Waiting] = {}

    def add(self, key: str, priority: int) -> None:
        """A pod wants a node. One that waits already is left where it is, with its new priority."""
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = _Waiting(key, priority, next(self._arrivals))
            self._make_ready(waiting)
        elif waiting.priority != priority:
            waiting.priority = priority
            if waiting.place is Place.READY:
                self._make_ready(waiting)

    def remove(self, key: str) -> None:
        """The pod wants no node any more, or has one; unknown keys are ignored."""
        self._waiting.pop(key, None)
        self._parked.pop(key, None)

    def take(self, count: int) -> list[str]:
        """The next pods, the most important first; each comes back by `park`, `retry`, or goes by `remove`."""
        taken: list[str] = []
        while self._ready and len(taken) < count:
            priority, arrival, key = heapq.heappop(self._ready)
            waiting = self._waiting.get(key)
            # Entries of pods that left, or that have got another priority, stay in the heap and are passed over here.
            if waiting and waiting.place is Place.READY and (-waiting.priority, waiting.arrival) == (priority, arrival):
                waiting.place = Place.OUT
                taken.append(key)
        return taken

    def park(self, key: str, wakers: Iterable[str]) -> None:
        """No node takes the pod; one of these kinds of change could help."""
        waiting = self._failed(key)
        if waiting is not None:
            waiting.place = Place.PARKED
            waiting.wakers = frozenset(wakers)
            waiting.parked_at = self._clock.monotonic()
            self._parked[key] = waiting

    def retry(self, key: str) -> None:
        """The try failed for a reason that may pass by itself."""
        waiting = self._failed(key)
        if waiting is not None:
            self._pause(waiting)

    def wake(self, kinds: Iterable[str]) -> None:
        """Something happened: whoever it could help is tried again, after its pause."""
        happened = frozenset(kinds)
        for waiting in [waiting for waiting in self._parked.values() if not happened.isdisjoint(waiting.wakers)]:
            self._unpark(waiting)

    def wake_pod(self, key: str) -> None:
        """The pod itself has changed in a way that could help it."""
        waiting = self._parked.get(key)
        if waiting is not None:
            self._unpark(waiting)

    def release(self) -> None:
        """Let out whose pause is over, and who was parked for very long."""
        now = self._clock.monotonic()
        while self._parked:
            oldest = next(iter(self._parked.values()))
            if oldest.parked_at + LONGEST_PARKED > now:
                break
            self._unpark(oldest)
        while self._pausing and self._pausing[0][0] <= now:
            retry_at, arrival, key = heapq.heappop(self._pausing)
            waiting = self._waiting.get(key)
            if waiting and waiting.place is Place.PAUSING and (waiting.retry_at, waiting.arrival) == (retry_at, arrival):
                self._make_ready(waiting)

    def next_due(self) -> float | None:
        """The moment (on the clock's monotonic time) at which `release` has something to do; None when nothing waits for it."""
        moments = [self._pausing[0][0]] if self._pausing else []
        if self._parked:
            moments.append(next(iter(self._parked.values())).parked_at + LONGEST_PARKED)
        return min(moments, default=None)

    @property
    def ready(self) -> bool:
        """Whether `take` may give something."""
        return bool(self._ready)

    def places(self) -> dict[Place, int]:
        """How many pods are where."""
        counts = dict.fromkeys(Place, 0)
        for waiting in self._waiting.values():
            counts[waiting.place] += 1
        return counts

    def __contains__(self, key: str) -> bool:
        return key in self._waiting

    def _failed(self, key: str) -> _Waiting | None:
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.tries += 1
            pause = min(FIRST_PAUSE * 2.0 ** min(waiting.tries - 1, 10), LONGEST_PAUSE)
            waiting.retry_at = self._clock.monotonic() + pause
        return waiting

    def _unpark(self, waiting: _Waiting) -> None:
        del self._parked[waiting.key]
        if waiting.retry_at <= self._clock.monotonic():
            self._make_ready(waiting)
        else:
            self._pause(waiting)

    def _pause(self, waiting: _Waiting) -> None:
        waiting.place = Place.PAUSING
        heapq.heappush(self._pausing, (waiting.retry_at, waiting.arrival, waiting.key))

    def _make_ready(self, waiting: _Waiting) -> None:
        waiting.place = Place.READY
        heapq.heappush(self._ready, (-waiting.priority, waiting.arrival, waiting.key))
