"""An index of one selectable field of a kind: which objects have which value, so that `spec.nodeName=x` is no scan."""

from collections.abc import Iterable, Sequence

from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.requests import Cached, CacheEvent


class FieldIndex:
    """The keys of the objects by the value of one field; guarded by its cache's lock."""

    def __init__(self, definition: ResourceDefinition, field: str, present: Iterable[Cached]) -> None:
        self._definition = definition
        self._field = field
        self._values: dict[str, str] = {}
        self._keys: dict[str, set[str]] = {}
        for cached in present:
            self._put(cached)

    def follow(self, events: Sequence[CacheEvent]) -> None:
        for event in events:
            if event.new is not None:
                self._put(event.new)
            elif event.old is not None:
                self._drop(event.old.key)

    def keys(self, value: str) -> Sequence[str]:
        """In key order."""
        return sorted(self._keys.get(value, ()))

    def _put(self, cached: Cached) -> None:
        value = cached.fields(self._definition).get(self._field, "")
        if self._values.get(cached.key) == value:
            return
        self._drop(cached.key)
        self._values[cached.key] = value
        self._keys.setdefault(value, set()).add(cached.key)

    def _drop(self, key: str) -> None:
        value = self._values.pop(key, None)
        if value is None:
            return
        keys = self._keys[value]
        keys.discard(key)
        if not keys:
            del self._keys[value]
