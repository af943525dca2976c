"""The registry: the one face of the state for the API and for the in-process client.

Reads come from the watch caches and never wait where the store is embedded; writes are coroutines over the one pipeline
(see `flow`). Every method may be called from any thread.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from kubernel.errors import MethodNotAllowedError, NotFoundError, StatusError, StoreUnavailableError
from kubernel.ports.admission import Admission, Verb
from kubernel.ports.clock import Clock
from kubernel.ports.resource import ResourceDefinition
from kubernel.ports.store import Store
from kubernel.registry import scale as scaling
from kubernel.registry.cache import WINDOW, WatchCache
from kubernel.registry.create import create
from kubernel.registry.flow import together
from kubernel.registry.lists import select
from kubernel.registry.next_state import Make, changed, finalized, patch_of, replacement, with_status
from kubernel.registry.patch.media import check_media_type
from kubernel.registry.pipeline import Pipeline, Target
from kubernel.registry.remove import remove
from kubernel.registry.requests import (
    Cached,
    DeleteOptions,
    ListAnswer,
    ListOptions,
    Patch,
    WriteAnswer,
    WriteOptions,
)
from kubernel.registry.state import CacheReader, State, unavailable
from kubernel.registry.subscription import Subscriber, Subscription
from kubernel.registry.table import ResourceTable
from kubernel.registry.update import Change, update
from kubernel.registry.views import ViewSubscriber, ViewSubscription, seen
from kubernel.types.json import JSON, Object

__all__ = ["Registry", "Subscriber", "Subscription"]

CHUNK = 128
"""How many objects of a collection are deleted side by side."""


class Registry:
    """See the module."""

    def __init__(
        self,
        store: Store,
        table: ResourceTable,
        *,
        clock: Clock,
        admission: Sequence[Admission] = (),
        options: Mapping[str, JSON] | None = None,
    ) -> None:
        """:param options: settings that strategies read; `watch_window` is how many past events each cache keeps."""
        self.table = table
        options = options or {}
        self._state = State(store, table, window=int(options.get("watch_window", WINDOW)))
        self.reader = CacheReader(self._state)
        self._pipeline = Pipeline(self._state, self.reader, clock, admission, options)

    # --- reading ---------------------------------------------------------------------------------------------------

    def get(self, definition: ResourceDefinition, namespace: str, name: str, subresource: str = "") -> Cached:
        """An object, or its scale.

        :raises NotFoundError: there is none.
        """
        found = self._cache(definition).get(f"{namespace}/{name}" if definition.namespaced else name)
        if found is None:
            raise NotFoundError.of(definition.resource.plural, name, definition.resource.group)
        if subresource == "scale":
            return scaling.cached_scale(definition, found)
        return found if definition.from_stored is None else seen(definition, found)

    def list(self, definition: ResourceDefinition, namespace: str, options: ListOptions) -> ListAnswer:
        """The objects of a namespace ("" for all) that the selectors select.

        :raises ExpiredError: the continue token or an exact resource version is too old.
        :raises BadRequestError: a field selector names an unknown field, a resource version is no number.
        """
        convert = partial(seen, definition) if definition.from_stored is not None else None
        return select(self._cache(definition), definition, namespace, options, convert)

    def subscribe(self, definition: ResourceDefinition, after_revision: int | None, subscriber: Subscriber) -> Subscription:
        """Follow changes after a revision, or (None) from the present state on.

        The subscription's `initial` holds the present objects when `after_revision` is None, `backlog` the past events
        after it otherwise; everything later goes to `subscriber`, without a gap or a repetition.

        :raises ExpiredError: events after that revision are no longer remembered.
        :raises RequestTimeoutError: the revision was not given out yet.
        """
        cache = self._cache(definition)
        if definition.from_stored is None:
            return cache.subscribe(after_revision, subscriber)
        inner = cache.subscribe(after_revision, ViewSubscriber(definition, subscriber))
        return ViewSubscription(definition, inner)

    def fresh(self, definition: ResourceDefinition) -> None:
        """Wait until reads of a resource see every write that was acknowledged before; no wait where the store is embedded.

        :raises RequestTimeoutError: the store's watch lags too long behind.
        :raises ServiceUnavailableError: the store is away.
        """
        cache = self._cache(definition)
        cache.check_live()
        if not self._state.embedded:
            try:
                revision = self._state.store.revision()
            except StoreUnavailableError as error:
                raise unavailable(error) from error
            cache.wait_for(revision)

    def warm(self, definitions: Iterable[ResourceDefinition]) -> None:
        """Start caches before they are asked for."""
        for definition in definitions:
            self._cache(definition)

    @property
    def embedded(self) -> bool:
        """Whether the store lives in this process, so that reads never wait."""
        return self._state.embedded

    def revision(self) -> int:
        """The store's present revision.

        :raises StoreUnavailableError: the store is away.
        """
        return self._state.store.revision()

    def blocking(self, definition: ResourceDefinition, verb: Verb) -> bool:
        """Whether a write may wait for more than a commit, so that it has to run on a thread."""
        stored = self.table.stored(definition)
        return not self._state.embedded or any(plugin.blocking for plugin in self._pipeline.handlers(stored, verb))

    def _cache(self, definition: ResourceDefinition) -> WatchCache:
        return self._state.cache(self.table.stored(definition))

    # --- writing ---------------------------------------------------------------------------------------------------

    async def create(self, definition: ResourceDefinition, namespace: str, body: Object, options: WriteOptions) -> WriteAnswer:
        """:raises AlreadyExistsError: the name is taken.
        :raises InvalidError: the object breaks its kind's rules.
        """
        return await create(self._pipeline, self._pipeline.target(definition, namespace), body, options)

    async def update(
        self,
        definition: ResourceDefinition,
        namespace: str,
        name: str,
        body: Object,
        options: WriteOptions,
        subresource: str = "",
    ) -> WriteAnswer:
        """Replace an object, or (by subresource) its status, its scale, or the finalizers of a namespace.

        :raises ConflictError: the body's resourceVersion is not the present one.
        """
        target = self._target(definition, namespace, name, subresource)
        if subresource == "scale":
            return await self._scale(target, partial(scaling.taken, body, options), options)
        make = partial(replacement, target, body, options)
        if subresource:
            return await update(self._pipeline, target, _within(subresource, make), options)
        must_exist = not target.stored.strategy.create_on_update
        return await update(self._pipeline, target, Change(make, body=body, must_exist=must_exist), options)

    async def patch(
        self,
        definition: ResourceDefinition,
        namespace: str,
        name: str,
        patch: Patch,
        options: WriteOptions,
        subresource: str = "",
    ) -> WriteAnswer:
        """Patch an object or a subresource; retried on conflict unless the patch names a resourceVersion.

        :raises UnsupportedMediaTypeError: there is no such kind of patch.
        """
        check_media_type(patch.media_type)
        target = self._target(definition, namespace, name, subresource)
        if subresource == "scale":
            return await self._scale(target, partial(scaling.taken_patched, definition, patch, options), options)
        make = partial(patch_of, target, patch, options)
        change = _within(subresource, make) if subresource else Change(make)
        return await update(self._pipeline, target, change, options)

    async def modify(
        self,
        definition: ResourceDefinition,
        namespace: str,
        name: str,
        change: Callable[[Object], None],
        options: WriteOptions,
        subresource: str = "",
    ) -> WriteAnswer:
        """Read, change a copy in place, write; retried on conflict. For subresources with rules of their own (binding).

        Of the kind's rules only its schema is asked; `change` may raise a `StatusError` to refuse.
        """
        target = self._pipeline.target(definition, namespace, name, subresource)
        return await update(self._pipeline, target, Change(partial(changed, change), rules="own"), options)

    async def delete(self, definition: ResourceDefinition, namespace: str, name: str, options: DeleteOptions) -> WriteAnswer:
        """The object as it was (gone now), or as it is (waiting for its finalizers or its grace)."""
        return await remove(self._pipeline, self._pipeline.target(definition, namespace, name), options)

    async def delete_collection(
        self, definition: ResourceDefinition, namespace: str, selection: ListOptions, options: DeleteOptions
    ) -> ListAnswer:
        """Delete what a selection names; the objects as they were. One that went meanwhile is no error."""
        chosen = self.list(definition, namespace, selection)
        for start in range(0, len(chosen.items), CHUNK):
            targets = [self._named(definition, cached) for cached in chosen.items[start : start + CHUNK]]
            results = await together([remove(self._pipeline, target, options) for target in targets])
            for result in results:
                if isinstance(result, StatusError) and not isinstance(result, NotFoundError):
                    raise result
        return chosen

    def _named(self, definition: ResourceDefinition, cached: Cached) -> Target:
        namespace, _, name = cached.key.rpartition("/")
        return self._pipeline.target(definition, namespace, name)

    def _target(self, definition: ResourceDefinition, namespace: str, name: str, subresource: str) -> Target:
        offered = {"": True, "status": definition.status, "scale": definition.scale is not None}
        if not offered.get(subresource, subresource in definition.subresources):
            raise NotFoundError("the server could not find the requested resource")
        return self._pipeline.target(definition, namespace, name, subresource)

    async def _scale(self, target: Target, wanted: Make, options: WriteOptions) -> WriteAnswer:
        change = Change(partial(scaling.scaled, target.definition, target.namespace, target.name, wanted))
        answer = await update(self._pipeline, target, change, options)
        return scaling.scale_answer(target.definition, answer)

    def close(self) -> None:
        """Stop following the store, which stays open. Closing twice is a no-op."""
        self._state.close()


def _within(subresource: str, make: Make) -> Change:
    """A change of a part only.

    :raises MethodNotAllowedError: the subresource has a route of its own and cannot be written here.
    """
    if subresource == "status":
        return Change(partial(with_status, make), rules="status")
    if subresource == "finalize":
        return Change(partial(finalized, make), rules="own")
    raise MethodNotAllowedError("the server does not allow this method on the requested resource")
