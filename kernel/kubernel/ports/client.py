"""The one door to the state: what every component and plugin uses to read, write and follow objects.

`kubernel.client` implements it twice: over the registry in the same process, and over HTTP to any Kubernetes API server.
Objects are plain dicts. What a client or an informer returns is shared and read-only: copy before you change it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from kubernel.types.json import JSON, Object
from kubernel.types.references import ResourceType

PatchType: TypeAlias = Literal[
    "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json"
]
Propagation: TypeAlias = Literal["Background", "Foreground", "Orphan"]


@dataclass(frozen=True, slots=True)
class ObjectList:
    """The items of a list, each with its kind and apiVersion, and the resource version to watch from."""

    items: Sequence[Object]
    resource_version: str
    continue_token: str = ""


@dataclass(frozen=True, slots=True)
class Preconditions:
    """A delete that is done only while the object is still the one that was meant."""

    uid: str = ""
    resource_version: str = ""


class Handler(Protocol):
    """Who is told by an informer. Called one at a time on the informer's thread: compute a key, enqueue it, return."""

    def __call__(self, old: Object | None, new: Object | None) -> None:
        """`old` is None when the object was added, `new` is None when it was deleted; both on a change."""


class Informer(Protocol):
    """A local, always following copy of one resource (or of the part that a selector names)."""

    def get(self, key: str) -> Object | None:
        """The object under `namespace/name` (or `name`)."""

    def list(self, namespace: str = "") -> Sequence[Object]:
        """All objects, or those of a namespace."""

    def add_index(self, name: str, keys: Callable[[Object], Sequence[str]]) -> None:
        """Keep an index: `keys` gives the values under which an object is found. The same name again is a no-op."""

    def by_index(self, name: str, value: str) -> Sequence[Object]:
        """The objects that the index holds under this value."""

    def add_handler(self, handler: Handler) -> None:
        """Tell `handler` of everything there is (as added) and then of each change."""

    def wait_synced(self, timeout: float) -> bool:
        """Wait until the first list is in; False when `timeout` seconds passed first."""

    @property
    def synced(self) -> bool: ...


class Client(Protocol):
    """Blocking calls, safe from any thread. Every error is a `kubernel.errors.StatusError`."""

    def get(self, resource: ResourceType, name: str, namespace: str = "", *, subresource: str = "") -> Object: ...

    def list(
        self,
        resource: ResourceType,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        limit: int = 0,
        continue_token: str = "",
    ) -> ObjectList: ...

    def create(
        self, resource: ResourceType, obj: Object, namespace: str = "", *, name: str = "", subresource: str = ""
    ) -> Object:
        """Create an object; with `name` and `subresource`, post to a subresource (`binding`, `eviction`, `token`)."""

    def update(self, resource: ResourceType, obj: Object, *, subresource: str = "") -> Object:
        """Replace an object; fails with `ConflictError` when its resourceVersion is not the present one."""

    def patch(
        self,
        resource: ResourceType,
        name: str,
        patch: JSON,
        namespace: str = "",
        *,
        patch_type: PatchType = "application/merge-patch+json",
        subresource: str = "",
    ) -> Object: ...

    def delete(
        self,
        resource: ResourceType,
        name: str,
        namespace: str = "",
        *,
        grace_seconds: int | None = None,
        propagation: Propagation | None = None,
        preconditions: Preconditions | None = None,
    ) -> Object: ...

    def delete_collection(
        self, resource: ResourceType, namespace: str = "", *, label_selector: str = "", field_selector: str = ""
    ) -> None: ...

    def informer(
        self,
        resource: ResourceType,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
    ) -> Informer:
        """The informer for this selection; asking again for the same one gives the same one. It starts at once.

        With `metadata_only` objects hold nothing but their metadata (without managedFields): for those who follow every kind.
        """

    def resources(self) -> Sequence["ResourceInfo"]:
        """What the server offers, from discovery."""

    def raw(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: JSON = None) -> Iterator[bytes]:
        """Any other path; the answer's body, streamed in pieces."""

    def close(self) -> None:
        """Stop informers and drop connections."""


@dataclass(frozen=True, slots=True)
class ResourceInfo:
    """A row of discovery."""

    type: ResourceType
    kind: str
    namespaced: bool
    verbs: frozenset[str]
