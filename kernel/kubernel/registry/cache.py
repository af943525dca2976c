"""The watch cache: the present state of one resource, fed by one watch of the store, read by everybody.

It holds each object once, as the bytes that clients get; keys are sorted, so that a namespace or a page is a range. Changes are
applied on the store's own thread, under the cache's lock, before the commit that made them is acknowledged (embedded stores):
a read after a write needs no waiting. `get` is a lookup in a dict and takes no lock.

When the watch of the store fails, the cache lists again on a thread of its own until the store is back; objects that did not
change stay the same ones. What happened in between cannot be told one by one, so that subscribers end and clients list again:
never a gap.

The store is never called while the lock is held: the store's thread may be waiting for the lock.
"""

import threading
from collections.abc import Iterator, Sequence

from sortedcontainers import SortedDict

from kubernel.errors import RequestTimeoutError, ServiceUnavailableError, StoreError
from kubernel.ports.resource import ResourceDefinition
from kubernel.ports.store import Change, Store, Watch
from kubernel.registry.encoding import splice
from kubernel.registry.history import History
from kubernel.registry.index import FieldIndex
from kubernel.registry.requests import Cached, CacheEvent
from kubernel.registry.subscription import CacheSubscription, Subscriber, too_large, too_old
from kubernel.types.references import ResourceType

WINDOW = 10_000
WINDOW_BYTES = 24 << 20
RETRY_SECONDS = 0.5
PATIENCE_SECONDS = 10.0


def prefix_of(resource: ResourceType) -> str:
    """Where the store keeps a resource's objects."""
    return f"/registry/{resource}/"


class _Feed:
    """One watch of the store; what a former one still delivers is ignored."""

    def __init__(self, cache: "WatchCache") -> None:
        self._cache = cache
        self.watch: Watch | None = None

    def changed(self, changes: Sequence[Change], revision: int) -> None:
        self._cache.apply(self, changes, revision)

    def failed(self, error: Exception) -> None:
        self._cache.lost(self, error)


class WatchCache:
    """The present state and the recent past of one stored resource. Every method may be called from any thread."""

    def __init__(
        self, store: Store, definition: ResourceDefinition, *, window: int = WINDOW, window_bytes: int = WINDOW_BYTES
    ) -> None:
        self.definition = definition
        self.prefix = prefix_of(definition.resource)
        self.lock = threading.Lock()
        self._store = store
        self._window, self._window_bytes = window, window_bytes
        self._items: SortedDict = SortedDict()
        self._ordered: list[Cached] | None = None
        self._indexes: dict[str, FieldIndex] = {}
        self._subscriptions: tuple[CacheSubscription, ...] = ()
        self._waiting = 0
        self._recovering = False
        self._progress = threading.Condition(self.lock)
        self._closed = threading.Event()
        self._feed: _Feed | None = None
        self.history = History(0, window, window_bytes)
        self.revision = 0
        """Everything up to this revision of the store has been seen."""
        self.live = False
        """Whether the cache follows the store now."""

    # --- following the store ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """List, then follow.

        :raises StoreError: the store cannot be read now; start again later.
        """
        page = self._store.list(self.prefix)
        feed = _Feed(self)
        with self.lock:
            fresh: dict[str, Cached] = {}
            cut = len(self.prefix)
            for entry in page.entries:
                key = entry.key[cut:]
                known = self._items.get(key)
                same = known is not None and known.revision == entry.revision
                fresh[key] = known if same else Cached(key, None, splice(entry.value, entry.revision), entry.revision)
            self._items = SortedDict(fresh)
            self._ordered = None
            self._indexes.clear()
            self.history = History(page.revision, self._window, self._window_bytes)
            self.revision = page.revision
            former, self._feed = self._feed, feed
            self._progress.notify_all()
        if former is not None and former.watch is not None:
            former.watch.close()
        feed.watch = self._store.watch(self.prefix, page.revision, feed)
        if self._closed.is_set():
            feed.watch.close()
        elif self._store.capabilities.embedded:
            # A commit that was under way may have been answered before the watch began.
            self.wait_for(self._store.revision())
        with self.lock:
            self.live = self._feed is feed

    def apply(self, feed: _Feed, changes: Sequence[Change], revision: int) -> None:
        """What the store's watch delivers."""
        cut = len(self.prefix)
        events: list[CacheEvent] = []
        with self.lock:
            if feed is not self._feed:
                return
            items = self._items
            for change in changes:
                key = change.key[cut:]
                if change.value is not None:
                    new = Cached(key, None, splice(change.value, change.revision), change.revision)
                    events.append(CacheEvent(items.get(key), new, change.revision))
                    items[key] = new
                else:
                    old = items.pop(key, None)
                    if old is not None:
                        events.append(CacheEvent(old, None, change.revision))
            self.revision = revision
            if events:
                self._ordered = None
                self.history.extend(events)
                for index in self._indexes.values():
                    index.follow(events)
            if self._waiting:
                self._progress.notify_all()
            for subscription in self._subscriptions:
                subscription.subscriber.events(events, revision)

    def lost(self, feed: _Feed, error: Exception) -> None:
        """The watch has ended: subscribers are told, and a thread sees to a new beginning."""
        with self.lock:
            if feed is not self._feed or self._closed.is_set():
                return
            self._feed = None
            self.live = False
            self._progress.notify_all()
            subscriptions, self._subscriptions = self._subscriptions, ()
            for subscription in subscriptions:
                subscription.subscriber.failed(error)
            alone, self._recovering = not self._recovering, True
        if alone:
            threading.Thread(target=self._recover, name=f"cache-{self.definition.resource}", daemon=True).start()

    def _recover(self) -> None:
        while True:
            try:
                self.start()
            except (StoreError, RequestTimeoutError):
                # The store is away: readers are told so meanwhile, by `check_live`.
                self._closed.wait(RETRY_SECONDS)
            with self.lock:
                if self.live or self._closed.is_set():
                    self._recovering = False
                    return

    def check_live(self) -> None:
        """:raises ServiceUnavailableError: the store is away, so that nobody knows whether this state is the present one."""
        if not self.live:
            raise ServiceUnavailableError(
                f"the store cannot be followed now; {self.definition.resource} may be stale", retry_after=1
            )

    def reach(self, revision: int) -> None:
        """See to it that everything up to a revision that a client knows has been seen.

        :raises RequestTimeoutError: the store has not come that far, or its watch lags too long behind.
        """
        if revision > self.revision:
            known = self._store.revision()
            if revision > known:
                raise too_large(revision, known)
            if not self._store.capabilities.embedded:
                self.wait_for(revision)

    def wait_for(self, revision: int, timeout: float = PATIENCE_SECONDS) -> None:
        """Wait until everything up to a revision has been seen: for stores that are not embedded.

        :raises RequestTimeoutError: it took too long, or the store went away meanwhile.
        """
        with self._progress:
            self._waiting += 1
            try:
                self._progress.wait_for(lambda: self.revision >= revision or self._feed is None, timeout)
                seen = self.revision >= revision
            finally:
                self._waiting -= 1
        if not seen:
            raise RequestTimeoutError(f"the cache of {self.definition.resource} did not catch up with revision {revision}")

    def close(self) -> None:
        """Stop following; subscribers are told."""
        self._closed.set()
        with self.lock:
            feed, self._feed = self._feed, None
            self.live = False
            subscriptions, self._subscriptions = self._subscriptions, ()
            self._progress.notify_all()
            for subscription in subscriptions:
                subscription.subscriber.failed(ServiceUnavailableError("the server is shutting down"))
        if feed is not None and feed.watch is not None:
            feed.watch.close()

    # --- reading ---------------------------------------------------------------------------------------------------

    def get(self, key: str) -> Cached | None:
        """The object under `namespace/name` (or `name`)."""
        found: Cached | None = self._items.get(key)
        return found

    def everything(self) -> Sequence[Cached]:
        """All objects in key order. Call with the lock held."""
        if self._ordered is None:
            self._ordered = list(self._items.values())
        return self._ordered

    def between(self, start: str, end: str) -> Sequence[Cached]:
        """The objects whose keys lie in a range (see `keys`). Call with the lock held."""
        items = self._items
        first, last = items.bisect_left(start), items.bisect_left(end) if end else len(items)
        if self._ordered is not None or (last - first) * 4 > len(items):
            return self.everything()[first:last]
        return [items[key] for key in self.keys(start, end)]

    def keys(self, start: str, end: str) -> Iterator[str]:
        """The keys from `start` up to, but not including, `end` ("" for the last). Call with the lock held."""
        found: Iterator[str] = self._items.irange(start or None, end or None, inclusive=(True, False))
        return found

    def count(self, start: str, end: str) -> int:
        """How many keys lie in that range. Call with the lock held."""
        last = self._items.bisect_left(end) if end else len(self._items)
        return int(last - self._items.bisect_left(start))

    def index(self, field: str) -> FieldIndex:
        """The index of a selectable field, made when first asked for. Call with the lock held."""
        found = self._indexes.get(field)
        if found is None:
            found = self._indexes[field] = FieldIndex(self.definition, field, self._items.values())
        return found

    # --- subscribing -----------------------------------------------------------------------------------------------

    def subscribe(self, after_revision: int | None, subscriber: Subscriber) -> CacheSubscription:
        """See `Registry.subscribe`."""
        self.check_live()
        if after_revision is not None:
            self.reach(after_revision)
        with self.lock:
            self.check_live()
            initial: Sequence[Cached] = ()
            backlog: Sequence[CacheEvent] = ()
            revision = self.revision
            if after_revision is None:
                initial = tuple(self.everything())
            elif not self.history.covers(after_revision):
                raise too_old(after_revision, self.history.since)
            else:
                backlog = self.history.after(after_revision)
                revision = max(revision, after_revision)
            subscription = CacheSubscription(self, subscriber, initial, backlog, revision)
            self._subscriptions = (*self._subscriptions, subscription)
            return subscription

    def unsubscribe(self, subscription: CacheSubscription) -> None:
        with self.lock:
            self._subscriptions = tuple(other for other in self._subscriptions if other is not subscription)
