"""Feeds an informer from the registry of this process: the counterpart of the reflector, with nothing to poll or to parse.

The first state is there when the informer is made. Later changes come on the store's thread, are handed to the dispatcher, and
are filtered there. When the registry lost the store's history, the follower subscribes anew and the informer works out what
changed.
"""

import logging
import threading
from collections.abc import Sequence
from functools import partial

from kubernel.client.dispatch import Dispatch
from kubernel.client.informer import SharedInformer, metadata_of
from kubernel.errors import StatusError
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.registry import Registry
from kubernel.registry.requests import Cached, CacheEvent
from kubernel.registry.subscription import Subscription
from kubernel.types.json import Object
from kubernel.types.references import split_key
from kubernel.types.selectors import Selector

_log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5


class Selection:
    """Which objects an informer holds."""

    def __init__(
        self, definition: ResourceDefinition, namespace: str, labels: Selector, fields: Selector, metadata_only: bool = False
    ) -> None:
        self._definition = definition
        self._namespace, self._labels, self._fields = namespace, labels, fields
        self._metadata_only = metadata_only

    def take(self, cached: Cached | None) -> Object | None:
        """The object, if it is selected."""
        if cached is None:
            return None
        if self._namespace and split_key(cached.key)[0] != self._namespace:
            return None
        if self._labels and not self._labels.matches(cached.labels):
            return None
        if self._fields and not self._fields.matches(cached.fields(self._definition)):
            return None
        return metadata_of(cached.peek()) if self._metadata_only else cached.object


class _Run:
    """One subscription; what it delivers after its successor began is ignored."""

    def __init__(self, follower: "Follower") -> None:
        self._follower = follower
        self._lock = threading.Lock()
        self._initial: list[Object] | None = None
        self._ready = threading.Event()
        self.subscription: Subscription | None = None

    def subscribed(self, subscription: Subscription, initial: list[Object]) -> None:
        self.subscription, self._initial = subscription, initial
        self._ready.set()

    def begin(self, informer: SharedInformer) -> None:
        """Put the first state into the copy, once: changes may come in before whoever subscribed gets to it."""
        self._ready.wait()
        with self._lock:
            if self._initial is not None:
                informer.replace(self._initial)
                self._initial = None

    def events(self, events: Sequence[CacheEvent], revision: int) -> None:
        if events:
            self._follower.dispatch.post(lambda: self._follower.deliver(self, events))

    def failed(self, error: Exception) -> None:
        self._follower.lost(self, error)


class Follower:
    """Keeps an informer's copy up to date until `close`."""

    def __init__(
        self,
        registry: Registry,
        definition: ResourceDefinition,
        selection: Selection,
        informer: SharedInformer,
        dispatch: Dispatch,
    ) -> None:
        self._registry, self._definition = registry, definition
        self._selection, self._informer = selection, informer
        self.dispatch = dispatch
        self._closed = threading.Event()
        self._run: _Run | None = None

    def start(self) -> None:
        """Subscribe and fill the copy; when the registry cannot answer now, a thread goes on trying."""
        try:
            self._subscribe().begin(self._informer)
        except StatusError as error:
            self._retry(error)

    def deliver(self, run: _Run, events: Sequence[CacheEvent]) -> None:
        """Changes, on the dispatcher's thread."""
        if run is not self._run:
            return
        run.begin(self._informer)
        take = self._selection.take
        self._informer.apply([(take(event.old), take(event.new)) for event in events])

    def lost(self, run: _Run, error: Exception) -> None:
        """The subscription is over; called under the registry's lock, so the new one is made elsewhere."""
        if run is self._run and not self._closed.is_set():
            self._retry(error)

    def close(self) -> None:
        self._closed.set()
        run, self._run = self._run, None
        if run is not None and run.subscription is not None:
            run.subscription.close()

    def _subscribe(self) -> _Run:
        run = self._run = _Run(self)
        subscription = self._registry.subscribe(self._definition, None, run)
        selected = (self._selection.take(cached) for cached in subscription.initial)
        run.subscribed(subscription, [obj for obj in selected if obj is not None])
        return run

    def _retry(self, error: Exception) -> None:
        _log.info("following %s: %s", self._definition.resource, error)
        self._run = None
        threading.Thread(target=self._again, name=f"follow {self._definition.resource}", daemon=True).start()

    def _again(self) -> None:
        while not self._closed.wait(RETRY_SECONDS):
            try:
                run = self._subscribe()
            except StatusError:
                # The store is still away, which was logged when it went.
                continue
            self.dispatch.post(partial(run.begin, self._informer))
            return
