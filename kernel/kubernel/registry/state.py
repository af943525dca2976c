"""What is stored now, for those who are about to write: caches on demand, reads that are never stale, commits with clear errors.

Where the store is embedded, the cache holds the present state and a write reads it from there. Where it is not, the cache may
lag behind, and a write reads from the store itself (which waits: the server runs such requests on a thread).
"""

import threading
from collections.abc import Sequence

from kubernel.errors import (
    RequestEntityTooLargeError,
    RequestTimeoutError,
    ServiceUnavailableError,
    StoreUnavailableError,
    ValueTooLargeError,
)
from kubernel.ports.resource import ResourceDefinition
from kubernel.ports.store import Operation, Store
from kubernel.registry.cache import WINDOW, WINDOW_BYTES, WatchCache, prefix_of
from kubernel.registry.encoding import splice
from kubernel.registry.flow import committed
from kubernel.registry.requests import Cached
from kubernel.registry.table import ResourceTable
from kubernel.types.json import Object
from kubernel.types.references import ResourceType

MAX_OBJECT_BYTES = 3 << 19
"""1.5 MiB: what Kubernetes' own store takes, so that what fits here fits there."""


class State:
    """The store and its caches. Every method may be called from any thread."""

    def __init__(self, store: Store, table: ResourceTable, *, window: int = WINDOW, window_bytes: int = WINDOW_BYTES) -> None:
        self.store = store
        self.table = table
        self.embedded = store.capabilities.embedded
        self._window, self._window_bytes = window, window_bytes
        self._caches: dict[ResourceType, WatchCache] = {}
        self._starting = threading.Lock()
        self._closed = False

    def cache(self, stored: ResourceDefinition) -> WatchCache:
        """The cache of a stored resource, started when first asked for.

        :raises ServiceUnavailableError: the store is away.
        """
        found = self._caches.get(stored.resource)
        return found if found is not None else self._start(stored)

    def _start(self, stored: ResourceDefinition) -> WatchCache:
        with self._starting:
            found = self._caches.get(stored.resource)
            if found is not None:
                return found
            if self._closed:
                raise ServiceUnavailableError("the server is shutting down")
            cache = WatchCache(self.store, stored, window=self._window, window_bytes=self._window_bytes)
            try:
                cache.start()
            except StoreUnavailableError as error:
                raise unavailable(error) from error
            except RequestTimeoutError:
                cache.close()
                raise
            self._caches[stored.resource] = cache
            return cache

    def caches(self) -> Sequence[WatchCache]:
        """Those that were started."""
        return list(self._caches.values())

    def present(self, stored: ResourceDefinition, key: str) -> Cached | None:
        """The object that a write starts from.

        :raises ServiceUnavailableError: the store is away.
        """
        return self.cache(stored).get(key) if self.embedded else self.reread(stored, key)

    def reread(self, stored: ResourceDefinition, key: str) -> Cached | None:
        """The object, from the store itself."""
        try:
            entry = self.store.get(prefix_of(stored.resource) + key)
        except StoreUnavailableError as error:
            raise unavailable(error) from error
        if entry is None:
            return None
        return Cached(key, None, splice(entry.value, entry.revision), entry.revision)

    async def commit(self, operations: Sequence[Operation]) -> int:
        """Write; gives the revision.

        :raises RevisionMismatchError: a key is at another revision than expected: for the caller to understand.
        :raises RequestEntityTooLargeError: the object is too large for the store.
        :raises ServiceUnavailableError: the store is away.
        """
        try:
            return await committed(self.store.commit(operations))
        except ValueTooLargeError as error:
            raise RequestEntityTooLargeError(f"the object is too large to be stored: {error}") from error
        except StoreUnavailableError as error:
            raise unavailable(error) from error

    def close(self) -> None:
        """Stop all caches; the store is its owner's to close. Closing twice is a no-op."""
        with self._starting:
            self._closed = True
        for cache in self.caches():
            cache.close()


class CacheReader:
    """The `Reader` of strategies and admission: read-only objects from the caches."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, resource: ResourceType, key: str) -> Object | None:
        found = self._state.cache(self._stored(resource)).get(key)
        return found.object if found is not None else None

    def list(self, resource: ResourceType, namespace: str = "") -> Sequence[Object]:
        cache = self._state.cache(self._stored(resource))
        with cache.lock:
            found = cache.between(f"{namespace}/", f"{namespace}0") if namespace else cache.everything()
        return [cached.object for cached in found]

    def _stored(self, resource: ResourceType) -> ResourceDefinition:
        return self._state.table.stored(self._state.table.definition(resource))


def unavailable(error: StoreUnavailableError) -> ServiceUnavailableError:
    """What a client is told when the store is away."""
    return ServiceUnavailableError(f"the store is not available: {error}", retry_after=1)
