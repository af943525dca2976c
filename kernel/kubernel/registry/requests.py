"""What is asked of the registry and what it answers, as values: the API and the in-process client both speak these."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

import orjson

from kubernel.ports.auth import User
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.encoding import respliced
from kubernel.types.json import JSON, Object
from kubernel.types.references import split_key
from kubernel.types.selectors import EVERYTHING, Selector

FieldValidation: TypeAlias = Literal["Ignore", "Warn", "Strict"]
ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))
NOTHING: Mapping[str, str] = {}


class Cached:
    """One object as a cache holds it: shared and read-only.

    `key` is `namespace/name` (or `name`), `encoded` its JSON with kind, apiVersion and resourceVersion, `revision` that resource
    version as a number. The dict is made from the bytes when somebody asks: most objects of a large collection are only ever
    handed out as bytes, and a dict takes several times their memory.
    """

    __slots__ = ("_fields", "_labels", "_object", "encoded", "key", "revision")

    def __init__(
        self, key: str, object: Object | None, encoded: bytes, revision: int, fields: Mapping[str, str] | None = None
    ) -> None:
        self.key = key
        self.encoded = encoded
        self.revision = revision
        self._object = object
        self._labels: Mapping[str, str] | None = None
        self._fields = fields

    @property
    def object(self) -> Object:
        """The object as a dict, which is kept from then on: for objects that are read again and again."""
        found = self._object
        if found is None:
            found = self._object = orjson.loads(self.encoded)
        return found

    def peek(self) -> Object:
        """The object as a dict that is not kept: for passing over many objects once."""
        return self._object if self._object is not None else orjson.loads(self.encoded)

    @property
    def labels(self) -> Mapping[str, str]:
        """The object's labels; they are kept from then on, the dict is not. Objects with the same labels share them."""
        found = self._labels
        if found is None:
            labels = self.peek()["metadata"].get("labels")
            found = self._labels = _shared(tuple(labels.items())) if labels else NOTHING
        return found

    def fields(self, definition: ResourceDefinition) -> Mapping[str, str]:
        """What field selectors of the kind may ask for. An absent field is an empty text."""
        found = self._fields
        if found is None:
            found = selectable(definition, self.key, self.peek)
            if definition.strategy.selectable_fields:
                self._fields = found
        return found

    def at(self, revision: int) -> "Cached":
        """The same state under another resource version: how a deleted object is shown, under the revision of its end."""
        obj = self._object
        if obj is not None:
            obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(revision)}}
        return Cached(self.key, obj, respliced(self.encoded, revision), revision, self._fields)

    def __repr__(self) -> str:
        return f"Cached({self.key!r}, revision={self.revision})"


def selectable(definition: ResourceDefinition, key: str, stored: Callable[[], Object]) -> Mapping[str, str]:
    """What field selectors may ask of an object as it is stored, whose dict is made only if the kind has fields of its own."""
    namespace, name = split_key(key)
    found = {"metadata.name": name, "metadata.namespace": namespace}
    strategy = definition.strategy
    if strategy.selectable_fields:
        found.update(dict.fromkeys(strategy.selectable_fields, ""))
        found.update(strategy.selectable(stored()))
    return found


@lru_cache(maxsize=4096)
def _shared(labels: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return dict(labels)


@dataclass(frozen=True, slots=True)
class CacheEvent:
    """One change: `old` is None for an addition, `new` is None for a removal, both for a change.

    `revision` is that of the change; for a removal the last state is `old` (a watch shows `old.at(revision)`).
    """

    old: Cached | None
    new: Cached | None
    revision: int


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What a client may say beside the object."""

    user: User = ANONYMOUS
    dry_run: bool = False
    field_manager: str = ""
    field_validation: FieldValidation = "Warn"


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """`grace_seconds` None leaves it to the kind; `propagation` None too."""

    user: User = ANONYMOUS
    dry_run: bool = False
    grace_seconds: int | None = None
    propagation: Literal["Background", "Foreground", "Orphan"] | None = None
    uid: str = ""
    resource_version: str = ""


@dataclass(frozen=True, slots=True)
class ListOptions:
    """`resource_version` "" asks for a consistent answer, "0" for whatever is there, a number for at least that (or, by
    `match` Exact, for exactly that)."""

    labels: Selector = EVERYTHING
    fields: Selector = EVERYTHING
    limit: int = 0
    continue_token: str = ""
    resource_version: str = ""
    match: Literal["", "NotOlderThan", "Exact"] = ""


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """The objects in key order at one revision; `remaining` is None where it is not known (with selectors)."""

    items: Sequence[Cached]
    revision: int
    continue_token: str = ""
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch's media type and its decoded body."""

    media_type: str
    body: JSON


@dataclass(frozen=True, slots=True)
class WriteAnswer:
    """The object as a write left it. `deleted` when it is gone now, `created` when it was not there before."""

    object: Object
    encoded: bytes
    created: bool = False
    deleted: bool = False
    warnings: Sequence[str] = field(default_factory=tuple)
