"""What is asked of the registry and what it answers, as values: the API and the in-process client both speak these."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from kubernel.ports.auth import User
from kubernel.types.json import JSON, Object
from kubernel.types.selectors import EVERYTHING, Selector

FieldValidation: TypeAlias = Literal["Ignore", "Warn", "Strict"]
ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


@dataclass(frozen=True, slots=True)
class Cached:
    """One object as a cache holds it: shared and read-only. `encoded` is its JSON with kind, apiVersion and resourceVersion."""

    key: str
    object: Object
    encoded: bytes
    revision: int


@dataclass(frozen=True, slots=True)
class CacheEvent:
    """One change: `old` is None for an addition, `new` is None for a removal, both for a change.

    `revision` is that of the change; for a removal the last state is `old`.
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
