"""One resource's watchers: which of them an event concerns, and each event framed once for all of them.

Watchers that select the same are one group; groups are found by an exact field (a node's watch of its own pods), by namespace, or
follow everything. All frames of one round reach a watcher's connection in one write.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from kubernel.api.exchange import chunk
from kubernel.api.representation import Form, Renderer
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.requests import Cached, CacheEvent
from kubernel.registry.subscription import Subscription
from kubernel.types.references import split_key
from kubernel.types.selectors import EVERYTHING, Selector


@dataclass(frozen=True, slots=True)
class Selection:
    """What a watch selects and how it wants to see it: watchers of one selection share every frame."""

    form: Form
    namespace: str = ""
    labels: Selector = EVERYTHING
    fields: Selector = EVERYTHING


class Listener(Protocol):
    """A watcher, as its channel knows it."""

    since: int
    """Events up to this revision have been told already."""

    def live(self, frames: bytes) -> None: ...

    def bookmark(self, revision: int) -> None: ...

    def failed(self, error: Exception) -> None: ...


def frame(kind: str, encoded: bytes) -> bytes:
    """An event as a chunk: one line of JSON."""
    return chunk(b'{"type":"%s","object":%s}\n' % (kind.encode(), encoded))


class Group:
    """The watchers of one selection."""

    def __init__(self, definition: ResourceDefinition, selection: Selection, renderer: Renderer) -> None:
        self.selection, self.renderer = selection, renderer
        self.watchers: dict[Listener, None] = {}
        self.pending: list[tuple[int, bytes]] = []
        self._definition = definition
        self._prefix = f"{selection.namespace}/" if selection.namespace else ""

    def selects(self, cached: Cached | None) -> bool:
        """Whether the object is part of what the group watches."""
        if cached is None:
            return False
        chosen = self.selection
        if self._prefix and not cached.key.startswith(self._prefix):
            return False
        if chosen.labels and not chosen.labels.matches(cached.labels):
            return False
        return not chosen.fields or chosen.fields.matches(cached.fields(self._definition))

    def classify(self, event: CacheEvent) -> tuple[str, Cached] | None:
        """What the event is to these watchers: an object that leaves the selection is deleted, one that enters is added."""
        before, after = self.selects(event.old), self.selects(event.new)
        if after and event.new is not None:
            return ("MODIFIED" if before else "ADDED"), event.new
        if before and event.old is not None:
            return "DELETED", event.old.at(event.revision)
        return None

    def frames(self, events: Iterable[CacheEvent]) -> Iterator[bytes]:
        """Past events, framed for one watcher that catches up."""
        for event in events:
            seen = self.classify(event)
            if seen is not None:
                yield frame(seen[0], self.renderer.event_object(seen[1]))

    def flush(self) -> int:
        """Hand the pending frames to every watcher; gives how many events were handed over."""
        pending, self.pending = self.pending, []
        joined = b"".join([data for _, data in pending])
        first = pending[0][0]
        delivered = 0
        for watcher in list(self.watchers):
            if watcher.since < first:
                watcher.live(joined)
                delivered += len(pending)
            else:
                late = [data for revision, data in pending if revision > watcher.since]
                delivered += len(late)
                if late:
                    watcher.live(b"".join(late))
        return delivered


class Channel:
    """Follows one resource's cache on behalf of all its watchers.

    `events` and `failed` are called on the store's thread; everything else happens on the loop's.
    """

    def __init__(self, definition: ResourceDefinition, put: Callable[[Callable[[], None]], None]) -> None:
        self.definition = definition
        self.subscription: Subscription | None = None
        self.broken = False
        self.delivered = 0
        self._put = put
        self._inbox: deque[Sequence[CacheEvent]] = deque()
        self._seen = 0
        self._groups: dict[Selection, Group] = {}
        self._everywhere: dict[Group, None] = {}
        self._by_namespace: dict[str, dict[Group, None]] = {}
        self._by_field: dict[str, dict[str, dict[Group, None]]] = {}

    # --- the store's thread

    def events(self, events: Sequence[CacheEvent], revision: int) -> None:
        """Leave the events for the loop. The revision is noted after them, so that who reads it and then finds the inbox
        empty knows that nothing up to it is still to come."""
        if events:
            self._inbox.append(events)
            self._put(self._deliver)
        self._seen = revision

    def failed(self, error: Exception) -> None:
        self._put(lambda: self._fail(error))

    # --- the loop's thread

    def start_at(self, revision: int) -> None:
        """What the subscription began with has been seen."""
        self._seen = max(self._seen, revision)

    @property
    def watcher_count(self) -> int:
        return sum(len(group.watchers) for group in self._groups.values())

    def join(self, selection: Selection, renderer: Renderer, watcher: Listener) -> Group:
        """Add a watcher."""
        group = self._groups.get(selection)
        if group is None:
            group = self._groups[selection] = Group(self.definition, selection, renderer)
            self._shelf(selection)[group] = None
        group.watchers[watcher] = None
        return group

    def leave(self, group: Group, watcher: Listener) -> None:
        """Take a watcher out; leaving twice is a no-op."""
        group.watchers.pop(watcher, None)
        if not group.watchers and self._groups.get(group.selection) is group:
            del self._groups[group.selection]
            self._shelf(group.selection).pop(group, None)
            for field, value in list(group.selection.fields.exact().items())[:1]:
                if not self._by_field[field][value]:
                    del self._by_field[field][value]
                if not self._by_field[field]:
                    del self._by_field[field]

    def _shelf(self, selection: Selection) -> dict[Group, None]:
        """Where the groups of a selection are found: by its first exact field, else by namespace, else everywhere."""
        for field, value in selection.fields.exact().items():
            return self._by_field.setdefault(field, {}).setdefault(value, {})
        if selection.namespace:
            return self._by_namespace.setdefault(selection.namespace, {})
        return self._everywhere

    def _candidates(self, event: CacheEvent) -> list[Group]:
        found = list(self._everywhere)
        some = event.new or event.old
        if self._by_namespace and some is not None:
            found += self._by_namespace.get(split_key(some.key)[0], ())
        for field, shelves in self._by_field.items():
            values = {cached.fields(self.definition).get(field, "") for cached in (event.old, event.new) if cached is not None}
            for value in values:
                found += shelves.get(value, ())
        return found

    def _deliver(self) -> None:
        touched: dict[Group, None] = {}
        while self._inbox:
            for event in self._inbox.popleft():
                framed: dict[tuple[str, Form], bytes] = {}
                for group in self._candidates(event):
                    seen = group.classify(event)
                    if seen is None:
                        continue
                    key = (seen[0], group.selection.form)
                    data = framed.get(key)
                    if data is None:
                        data = framed[key] = frame(seen[0], group.renderer.event_object(seen[1]))
                    group.pending.append((event.revision, data))
                    touched[group] = None
        for group in touched:
            self.delivered += group.flush()

    def _fail(self, error: Exception) -> None:
        self.broken = True
        self._deliver()
        for group in list(self._groups.values()):
            for watcher in list(group.watchers):
                watcher.failed(error)

    def position(self) -> int:
        """The revision up to which every watcher has been told everything; 0 while something is still to be delivered."""
        seen = self._seen
        return 0 if self._inbox else seen

    def bookmarks(self) -> None:
        """Tell the watchers how far they are."""
        revision = self.position()
        if revision:
            for group in list(self._groups.values()):
                for watcher in list(group.watchers):
                    watcher.bookmark(revision)

    def close(self) -> None:
        """Stop following."""
        if self.subscription is not None:
            self.subscription.close()
