"""The one write pipeline: the steps that every write of every kind goes through, in one order.

decode -> identity -> strategy prepares -> admission changes -> defaults -> schema and strategy validate -> admission validates ->
compare-and-set in the store -> answer. `create`, `update` and `remove` put the steps together; they differ only by what they
start from. A kind differs only by its definition and its strategy.

A commit that fails because something moved (another writer, a claimed address) starts over from the state as it is then, a
bounded number of times, each time with a fresh copy of the client's object.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kubernel.errors import Cause, InternalServerError, InvalidError, RequestEntityTooLargeError, RevisionMismatchError
from kubernel.objects.compiled import compiled
from kubernel.ports.admission import Admission, AdmissionRequest, Verb
from kubernel.ports.clock import Clock
from kubernel.ports.resource import Reader, ResourceDefinition, WriteContext
from kubernel.ports.store import Delete, Operation, Put
from kubernel.registry.cache import prefix_of
from kubernel.registry.encoding import encode, splice
from kubernel.registry.requests import Cached, DeleteOptions, WriteAnswer, WriteOptions
from kubernel.registry.state import MAX_OBJECT_BYTES, State
from kubernel.types.json import JSON, Object
from kubernel.types.references import ResourceType

ATTEMPTS = 16
CONTENDED_ATTEMPTS = 256  # a write that names no version lost to nobody in particular: it waits for its turn, as in Kubernetes
CLAIMS = "/claims/"
Convert = Callable[[Object], Object]


@dataclass(frozen=True, slots=True)
class Target:
    """What a write is about: the resource that was asked for, the one it is stored as, and the place."""

    definition: ResourceDefinition
    stored: ResourceDefinition
    namespace: str
    name: str = ""
    subresource: str = ""

    @property
    def key(self) -> str:
        """The cache's key."""
        return f"{self.namespace}/{self.name}" if self.definition.namespaced else self.name

    @property
    def path(self) -> str:
        """The store's key."""
        return prefix_of(self.stored.resource) + self.key

    def to_stored(self, obj: Object) -> Object:
        convert = self.definition.to_stored
        return convert(obj) if convert is not None else obj

    def from_stored(self, obj: Object) -> Object:
        convert = self.definition.from_stored
        return convert(obj) if convert is not None else obj


class Pipeline:
    """The steps; see the module."""

    def __init__(
        self,
        state: State,
        reader: Reader,
        clock: Clock,
        admission: Sequence[Admission] = (),
        options: Mapping[str, JSON] | None = None,
    ) -> None:
        self.state = state
        self.reader = reader
        self.clock = clock
        self._admission = tuple(admission)
        self._options: Mapping[str, JSON] = options or {}
        self._handlers: dict[tuple[ResourceType, Verb], tuple[Admission, ...]] = {}

    def target(self, definition: ResourceDefinition, namespace: str, name: str = "", subresource: str = "") -> Target:
        return Target(definition, self.state.table.stored(definition), namespace, name, subresource)

    def context(self, dry_run: bool) -> WriteContext:
        """A fresh context for one attempt."""
        return WriteContext(self.reader, self.clock.now(), self._options, dry_run=dry_run)

    # --- admission -------------------------------------------------------------------------------------------------

    def handlers(self, stored: ResourceDefinition, verb: Verb) -> tuple[Admission, ...]:
        """The admission plugins that want to be asked."""
        found = self._handlers.get((stored.resource, verb))
        if found is None:
            found = tuple(plugin for plugin in self._admission if plugin.handles(stored, verb))
            self._handlers[stored.resource, verb] = found
        return found

    def mutate(
        self, verb: Verb, target: Target, new: Object | None, old: Object | None, options: WriteOptions | DeleteOptions
    ) -> list[str]:
        """Let admission change `new` in place; gives its warnings."""
        handlers = self.handlers(target.stored, verb)
        if not handlers:
            return []
        request = self._request(verb, target, new, old, options)
        return [warning for plugin in handlers for warning in plugin.mutate(request)]

    def admit(
        self, verb: Verb, target: Target, new: Object | None, old: Object | None, options: WriteOptions | DeleteOptions
    ) -> list[str]:
        """Let admission refuse; gives its warnings."""
        handlers = self.handlers(target.stored, verb)
        if not handlers:
            return []
        request = self._request(verb, target, new, old, options)
        return [warning for plugin in handlers for warning in plugin.validate(request)]

    def _request(
        self, verb: Verb, target: Target, new: Object | None, old: Object | None, options: WriteOptions | DeleteOptions
    ) -> AdmissionRequest:
        name = target.name or (new or {}).get("metadata", {}).get("name", "")
        return AdmissionRequest(
            verb=verb,
            resource=target.stored,
            namespace=target.namespace,
            name=name,
            subresource=target.subresource,
            new=new,
            old=old,
            user=options.user,
            dry_run=options.dry_run,
            reader=self.reader,
        )

    # --- defaults and validation -----------------------------------------------------------------------------------

    def default(self, target: Target, new: Object, context: WriteContext) -> None:
        """What admission or a strategy left open."""
        compiled(target.stored.schema).default(new)
        target.stored.strategy.default(new, context)

    def schema_causes(self, target: Target, new: Object) -> list[Cause]:
        """What the schema and the rules of metadata find wrong."""
        stored = target.stored
        return compiled(stored.schema).validate(new, name_rule=stored.strategy.name_rule, namespaced=stored.namespaced)

    def refuse(self, target: Target, new: Object, causes: Iterable[Cause]) -> None:
        """:raises InvalidError: there are causes."""
        found = list(causes)
        if found:
            definition = target.definition
            name = new["metadata"].get("name", "")
            raise InvalidError.of(definition.kind, name, found, definition.resource.group)

    # --- writing ---------------------------------------------------------------------------------------------------

    def encoded(self, target: Target, new: Object) -> bytes:
        """:raises RequestEntityTooLargeError: the object is larger than the API allows."""
        value = encode(new, target.stored.kind, target.stored.resource.api_version)
        if len(value) > MAX_OBJECT_BYTES:
            raise RequestEntityTooLargeError(
                f"the object is too large to be stored: {len(value)} bytes, at most {MAX_OBJECT_BYTES} are allowed"
            )
        return value

    def put(self, target: Target, value: bytes, expected: int, context: WriteContext) -> list[Operation]:
        """The operations that write an object together with its claims."""
        operations: list[Operation] = [Put(target.path, value, expected, target.stored.strategy.ttl)]
        if context.claims or context.releases:
            operations += _claims(target, context)
        return operations

    def delete(self, target: Target, expected: int, context: WriteContext) -> list[Operation]:
        """The operations that remove an object and give back what it had claimed."""
        return [Delete(target.path, expected), *_claims(target, context)]

    # --- answering -------------------------------------------------------------------------------------------------

    def answer(
        self,
        target: Target,
        new: Object,
        value: bytes,
        revision: int,
        warnings: Sequence[str],
        *,
        created: bool = False,
        deleted: bool = False,
    ) -> WriteAnswer:
        """What a client gets for an object that was written (or, with revision 0, would have been)."""
        new["kind"], new["apiVersion"] = target.stored.kind, target.stored.resource.api_version
        if revision:
            new["metadata"]["resourceVersion"] = str(revision)
            value = splice(value, revision)
        if target.definition.from_stored is not None:
            new, value = self._seen(target, new)
        return WriteAnswer(new, value, created, deleted, tuple(warnings))

    def unchanged(self, target: Target, current: Cached, warnings: Sequence[str], *, deleted: bool = False) -> WriteAnswer:
        """What a client gets for an object that stays (or was) as it is."""
        obj, value = current.peek(), current.encoded
        if target.definition.from_stored is not None:
            obj, value = self._seen(target, obj)
        return WriteAnswer(obj, value, False, deleted, tuple(warnings))

    def _seen(self, target: Target, obj: Object) -> tuple[Object, bytes]:
        seen = target.from_stored(obj)
        definition = target.definition
        seen["kind"], seen["apiVersion"] = definition.kind, definition.resource.api_version
        return seen, encode(seen, definition.kind, definition.resource.api_version)


def _claims(target: Target, context: WriteContext) -> list[Operation]:
    kept = set(context.claims) & set(context.releases)
    taken: list[Operation] = [
        Put(CLAIMS + claim, target.key.encode(), 0) for claim in dict.fromkeys(context.claims) if claim not in kept
    ]
    return taken + [Delete(CLAIMS + claim) for claim in dict.fromkeys(context.releases) if claim not in kept]


def is_claim(error: RevisionMismatchError) -> bool:
    """Whether a commit failed because somebody else was quicker with a claim."""
    return error.key.startswith(CLAIMS)


def exhausted(target: Target, error: RevisionMismatchError) -> InternalServerError:
    """What is left to say when starting over did not help."""
    return InternalServerError(f"{target.definition.resource} {target.name!r}: gave up after {ATTEMPTS} attempts: {error}")
