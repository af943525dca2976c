"""The registry: the one face of the state for the API and for the in-process client.

Reads come from the watch caches and never wait where the store is embedded; writes are coroutines over the one pipeline
(see `flow`). Every method may be called from any thread.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.requests import (
    Cached,
    CacheEvent,
    DeleteOptions,
    ListAnswer,
    ListOptions,
    Patch,
    WriteAnswer,
    WriteOptions,
)
from kubernel.types.json import Object


class Subscriber(Protocol):
    """Who follows a cache. Called under the cache's lock, in revision order: hand the work over and return."""

    def events(self, events: Sequence[CacheEvent], revision: int) -> None:
        """Changes, and the revision up to which everything has been seen (events may be empty: progress)."""

    def failed(self, error: Exception) -> None:
        """The cache lost the store's history and starts anew: the watch must end, its client lists again."""


class Registry:
    """See the module."""

    # table: ResourceTable

    def get(self, definition: ResourceDefinition, namespace: str, name: str) -> Cached:
        """:raises NotFoundError: there is none."""
        ...

    def list(self, definition: ResourceDefinition, namespace: str, options: ListOptions) -> ListAnswer:
        """:raises ExpiredError: the continue token or an exact resource version is too old.
        :raises BadRequestError: a field selector names an unknown field, a resource version is no number."""
        ...

    def subscribe(
        self, definition: ResourceDefinition, after_revision: int | None, subscriber: Subscriber
    ) -> "Subscription":
        """Follow changes after a revision, or (None) from the present state on.

        The subscription's `initial` holds the present objects when `after_revision` is None, `backlog` the past events
        after it otherwise; everything later goes to `subscriber`, without a gap or a repetition.

        :raises ExpiredError: events after that revision are no longer remembered.
        """
        ...

    async def create(
        self, definition: ResourceDefinition, namespace: str, body: Object, options: WriteOptions
    ) -> WriteAnswer: ...

    async def update(
        self,
        definition: ResourceDefinition,
        namespace: str,
        name: str,
        body: Object,
        options: WriteOptions,
        subresource: str = "",
    ) -> WriteAnswer: ...

    async def patch(
        self,
        definition: ResourceDefinition,
        namespace: str,
        name: str,
        patch: Patch,
        options: WriteOptions,
        subresource: str = "",
    ) -> WriteAnswer: ...

    async def modify(
        self,
        definition: ResourceDefinition,
        namespace: str,
        name: str,
        change: Callable[[Object], None],
        options: WriteOptions,
    ) -> WriteAnswer:
        """Read, change a copy in place, write; retried on conflict. For subresources with rules of their own (binding)."""
        ...

    async def delete(
        self, definition: ResourceDefinition, namespace: str, name: str, options: DeleteOptions
    ) -> WriteAnswer:
        """The object as it was (gone now), or as it is (waiting for its finalizers or its grace)."""
        ...

    async def delete_collection(
        self, definition: ResourceDefinition, namespace: str, selection: ListOptions, options: DeleteOptions
    ) -> ListAnswer: ...

    def close(self) -> None: ...


class Subscription(Protocol):
    """A running subscription."""

    initial: Sequence[Cached]
    backlog: Sequence[CacheEvent]
    revision: int

    def close(self) -> None: ...
