"""A kind, as a plugin brings it: its names, its schema, its rules and its printer columns in one definition.

The registry's one write pipeline serves every kind; what differs is said here. A `Strategy` is a small class of overrides.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from kubernel.errors import Cause
from kubernel.types.json import JSON, Object
from kubernel.types.references import ResourceType

if TYPE_CHECKING:
    # Processes that only run controllers know this module too, and never see a schema: they are spared the import.
    from marshmallow import Schema


class Reader(Protocol):
    """Reads from the watch caches, for rules that look beyond their own object. What it gives is read-only."""

    def get(self, resource: ResourceType, key: str) -> Object | None: ...

    def list(self, resource: ResourceType, namespace: str = "") -> Sequence[Object]: ...


@dataclass(slots=True)
class WriteContext:
    """What a strategy may look at and ask for while one object is written.

    `claims` and `releases` are keys of the store that are taken and given back in the same commit as the object, so that two
    servers cannot hand out one service address: a claim that is taken already makes the pipeline start over.
    """

    reader: Reader
    now: datetime
    options: Mapping[str, JSON] = field(default_factory=dict)
    """The server's settings that rules depend on, such as `service_cidr`."""
    warnings: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    releases: list[str] = field(default_factory=list)
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `kubectl get`. `cell` gives the value from an object; priority 1 shows with `-o wide` only."""

    name: str
    type: str
    cell: Callable[[Object, datetime], JSON]
    description: str = ""
    priority: int = 0
    format: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a kind keeps what its `scale` subresource shows, as paths of field names."""

    spec_replicas: tuple[str, ...] = ("spec", "replicas")
    status_replicas: tuple[str, ...] = ("status", "replicas")
    selector: tuple[str, ...] = ("spec", "selector")


class Strategy:
    """The rules of a kind beyond its schema; the defaults fit an object without status and without secrets.

    The pipeline calls, in order: `prepare_create` or `prepare_update` (what clients may not set is taken away or kept),
    admission, `default` (what the schema's constant defaults cannot say), schema validation, then `validate` and on updates
    `validate_update`. `new` may be changed in place by the first three, `old` never.
    """

    create_on_update: bool = False
    """PUT to a name that does not exist creates it."""
    unconditional_update: bool = True
    """PUT without resourceVersion is allowed."""
    ttl: float | None = None
    """Seconds after its last write that an object is deleted by the store; None keeps it."""
    name_rule: Callable[[str], list[str]] | None = None
    """The names that are allowed; None is an RFC 1123 subdomain. Set it as a `staticmethod`."""
    generation: bool = True
    """`metadata.generation` counts the changes of everything outside metadata and status."""
    status_on_create: bool = False
    """A new object may bring its status along, although status has a path of its own: a node that registers tells of itself."""

    def prepare_create(self, new: Object, context: WriteContext) -> None:
        """Called with every new object."""

    def prepare_update(self, new: Object, old: Object, context: WriteContext) -> None:
        """Called with every changed object; status is kept from `old` already where the kind has a status subresource."""

    def default(self, new: Object, context: WriteContext) -> None:
        """Fill what is absent and depends on other fields."""

    def validate(self, new: Object) -> Iterable[Cause]:
        """What is wrong with the object by itself."""
        return ()

    def validate_update(self, new: Object, old: Object) -> Iterable[Cause]:
        """What may not change."""
        return ()

    def validate_status(self, new: Object, old: Object) -> Iterable[Cause]:
        """What is wrong with a write to the status subresource."""
        return ()

    def selectable(self, obj: Object) -> Mapping[str, str]:
        """The kind's own fields for field selectors, of an object as it is stored; metadata.name and metadata.namespace are
        everyone's."""
        return {}

    selectable_fields: Sequence[str] = ()
    """The names that `selectable` gives, so that an unknown one can be refused."""

    def grace_seconds(self, obj: Object, asked: int | None) -> int:
        """How long a deletion waits for its agent to let go; 0 deletes at once."""
        return 0

    def begin_delete(self, new: Object) -> None:
        """Called in place with an object whose deletion was asked for and has to wait: a namespace becomes Terminating."""

    def keep_deleted(self, obj: Object) -> bool:
        """Whether something other than `metadata.finalizers` still keeps an object whose deletion was asked for."""
        return False

    def before_delete(self, obj: Object, context: WriteContext) -> None:
        """Called once an object is to be removed from the store; releases what it claimed."""


@dataclass(frozen=True, slots=True)
class ResourceDefinition:
    """Everything that the kernel must know of a kind.

    `stored_as` names another resource whose objects these are, seen in another version or group: `to_stored` and
    `from_stored` translate between the two.
    """

    resource: ResourceType
    kind: str
    schema: "type[Schema]"
    singular: str = ""
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    strategy: Strategy = field(default_factory=Strategy)
    columns: tuple[Column, ...] = ()
    status: bool = False
    """There is a status subresource: the main path cannot change status, and the subresource nothing else."""
    scale: Scale | None = None
    subresources: tuple[str, ...] = ()
    """Further subresources that routes of their own serve (log, binding, exec ...), for discovery."""
    verbs: tuple[str, ...] = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
    stored_as: ResourceType | None = None
    to_stored: Callable[[Object], Object] | None = None
    from_stored: Callable[[Object], Object] | None = None
    description: str = ""

    @property
    def name(self) -> str:
        """`plural.group/version`: the name to register it by, which no other kind may have."""
        return f"{self.resource}/{self.resource.version}"

    @property
    def list_kind(self) -> str:
        return f"{self.kind}List"

    @property
    def singular_name(self) -> str:
        return self.singular or self.kind.lower()
