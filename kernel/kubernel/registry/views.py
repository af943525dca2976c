"""Views: a resource whose objects are those of another one, seen in another group or version (events of events.k8s.io).

A view has no cache of its own. Each object is translated when somebody looks, each change once per subscription. What field
selectors may ask is read off the stored object, by the view's own names.
"""

from collections.abc import Sequence

from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.encoding import encode, splice
from kubernel.registry.requests import Cached, CacheEvent, selectable
from kubernel.registry.subscription import Subscriber, Subscription


def seen(definition: ResourceDefinition, cached: Cached) -> Cached:
    """A stored object as the view shows it; the same one where the definition is no view."""
    if definition.from_stored is None:
        return cached
    stored = cached.peek()
    fields = selectable(definition, cached.key, lambda: stored)
    obj = definition.from_stored(stored)
    metadata = {field: value for field, value in obj["metadata"].items() if field != "resourceVersion"}
    value = encode({**obj, "metadata": metadata}, definition.kind, definition.resource.api_version)
    return Cached(cached.key, None, splice(value, cached.revision), cached.revision, fields)


def seen_event(definition: ResourceDefinition, event: CacheEvent) -> CacheEvent:
    """A change as the view shows it."""
    old = seen(definition, event.old) if event.old is not None else None
    new = seen(definition, event.new) if event.new is not None else None
    return CacheEvent(old, new, event.revision)


class ViewSubscriber:
    """Stands between a cache and the subscriber of a view."""

    def __init__(self, definition: ResourceDefinition, subscriber: Subscriber) -> None:
        self._definition = definition
        self._subscriber = subscriber

    def events(self, events: Sequence[CacheEvent], revision: int) -> None:
        self._subscriber.events([seen_event(self._definition, event) for event in events], revision)

    def failed(self, error: Exception) -> None:
        self._subscriber.failed(error)


class ViewSubscription:
    """A subscription of the underlying cache, its beginning translated."""

    def __init__(self, definition: ResourceDefinition, inner: Subscription) -> None:
        self._inner = inner
        self.initial: Sequence[Cached] = [seen(definition, cached) for cached in inner.initial]
        self.backlog: Sequence[CacheEvent] = [seen_event(definition, event) for event in inner.backlog]
        self.revision = inner.revision

    def close(self) -> None:
        self._inner.close()
