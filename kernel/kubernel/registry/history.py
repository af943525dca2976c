"""The recent past of one resource: what a watch replays, and what a list at an earlier revision is worked out from.

The window is bounded by a number of events and by the bytes of past states that it keeps alive; whoever asks for something older
has to list again.
"""

from bisect import bisect_right
from collections.abc import Sequence

from kubernel.registry.requests import Cached, CacheEvent

SLACK = 8
"""Trimming waits until the window is an eighth over its bounds, so that its cost is spread over many events."""


class History:
    """Events in revision order; complete for everything after `since`. Guarded by its cache's lock."""

    def __init__(self, since: int, window: int, window_bytes: int) -> None:
        self.since = since
        self._window = window
        self._window_bytes = window_bytes
        self._events: list[CacheEvent] = []
        self._bytes = 0

    def extend(self, events: Sequence[CacheEvent]) -> None:
        self._events.extend(events)
        self._bytes += sum(_weight(event) for event in events)
        over = len(self._events) > self._window + self._window // SLACK
        if over or self._bytes > self._window_bytes + self._window_bytes // SLACK:
            self._trim()

    def _trim(self) -> None:
        drop = 0
        while drop < len(self._events) and (len(self._events) - drop > self._window or self._bytes > self._window_bytes):
            self._bytes -= _weight(self._events[drop])
            drop += 1
        if drop:
            self.since = self._events[drop - 1].revision
            del self._events[:drop]

    def covers(self, revision: int) -> bool:
        """Whether every event after that revision is still here."""
        return revision >= self.since

    def after(self, revision: int) -> Sequence[CacheEvent]:
        """The events after a revision that is covered."""
        return self._events[bisect_right(self._events, revision, key=_revision) :]

    def undone(self, revision: int) -> dict[str, Cached | None]:
        """What was there, at a revision that is covered, under each key that has changed since."""
        past: dict[str, Cached | None] = {}
        for event in self.after(revision):
            changed = event.old or event.new
            if changed is not None:
                past.setdefault(changed.key, event.old)
        return past


def _revision(event: CacheEvent) -> int:
    return event.revision


def _weight(event: CacheEvent) -> int:
    # An old state lives on only because of its event; a new one is in the cache anyway.
    return len(event.old.encoded) if event.old is not None else 0
