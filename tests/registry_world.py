"""A small world for tests of the registry: a store in memory, a clock that is turned by hand, and a few kinds with small schemas."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from sortedcontainers import SortedDict

from kubernel.errors import Cause, CompactedError, RevisionMismatchError, ValueTooLargeError
from kubernel.objects import fields as f
from kubernel.objects.meta import KindSchema, LabelSelector
from kubernel.ports.admission import Admission
from kubernel.ports.resource import ResourceDefinition, Scale, Strategy, WriteContext
from kubernel.ports.store import Change, Check, Delete, Entry, Operation, Page, Put, StoreCapabilities, Watcher
from kubernel.registry.flow import block
from kubernel.registry.registry import Registry
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
from kubernel.registry.table import ResourceTable
from kubernel.testing.clock import FakeClock
from kubernel.types.json import Object
from kubernel.types.references import ResourceType


class Container(f.ApiSchema):
    """One container."""

    class Meta:
        definition = "test.v1.Container"

    name = f.string("its name", required=True)
    image = f.string("its image", default="scratch")
    args = f.list_of(f.string(), "its arguments")


class Strategic(f.ApiSchema):
    """How to go on."""

    class Meta:
        definition = "test.v1.Strategic"

    type = f.string("which way")
    rolling = f.obj(Container, "one way")


class WidgetSpec(f.ApiSchema):
    """What a widget should be."""

    class Meta:
        definition = "test.v1.WidgetSpec"

    replicas = f.integer("how many", default=1, minimum=0)
    size = f.string("which size", enum=("small", "large"))
    nodeName = f.string("where")
    address = f.string("which address; handed out by the server")
    containers = f.list_of(Container, "what runs", merge_key="name", patch_strategy="merge", list_type="map", map_keys=("name",))
    words = f.list_of(f.string(), "a set of words", patch_strategy="merge", list_type="set")
    numbers = f.list_of(f.integer(), "a list that is replaced")
    options = f.map_of(f.string(), "free")
    way = f.obj(Strategic, "how", patch_strategy="retainKeys")
    selector = f.obj(LabelSelector, "which")


class WidgetStatus(f.ApiSchema):
    """What a widget is."""

    class Meta:
        definition = "test.v1.WidgetStatus"

    replicas = f.integer("how many")
    phase = f.string("how it is")


class WidgetSchema(KindSchema):
    """A widget."""

    class Meta:
        definition = "test.v1.Widget"

    spec = f.obj(WidgetSpec, "what it should be", default={})
    status = f.obj(WidgetStatus, "what it is")


class ConfigSchema(KindSchema):
    """Some data."""

    class Meta:
        definition = "test.v1.Config"

    data = f.map_of(f.string(), "the data")


class NamespaceSpec(f.ApiSchema):
    """What keeps a namespace."""

    class Meta:
        definition = "test.v1.NamespaceSpec"

    finalizers = f.list_of(f.string(), "who must act first")


class NamespaceSchema(KindSchema):
    """A namespace."""

    class Meta:
        definition = "test.v1.Namespace"

    spec = f.obj(NamespaceSpec, "what keeps it")
    status = f.obj(WidgetStatus, "what it is")


class WidgetStrategy(Strategy):
    """Widgets are handed addresses, have grace once they are somewhere, and cannot change their size."""

    selectable_fields = ("spec.nodeName", "status.phase")
    grace = 30

    def default(self, new: Object, context: WriteContext) -> None:
        spec = new["spec"]
        if spec.get("address") == "auto":
            taken = {other["spec"].get("address") for other in context.reader.list(WIDGETS.resource)}
            spec["address"] = next(str(n) for n in range(1000) if str(n) not in taken)
            context.claims.append(f"address/{spec['address']}")

    def validate(self, new: Object) -> Iterable[Cause]:
        if new["spec"].get("nodeName") == "nowhere":
            yield Cause("FieldValueInvalid", 'Invalid value: "nowhere": is no place', "spec.nodeName")

    def validate_update(self, new: Object, old: Object) -> Iterable[Cause]:
        if new["spec"].get("size") != old["spec"].get("size"):
            yield Cause("FieldValueForbidden", "Forbidden: may not change", "spec.size")

    def validate_status(self, new: Object, old: Object) -> Iterable[Cause]:
        if new["status"].get("phase") == "Impossible":
            yield Cause("FieldValueInvalid", 'Invalid value: "Impossible": cannot be', "status.phase")

    def selectable(self, obj: Object) -> Mapping[str, str]:
        fields = {"status.phase": obj.get("status", {}).get("phase", "")}
        if "nodeName" in obj["spec"]:
            fields["spec.nodeName"] = obj["spec"]["nodeName"]
        return fields

    def grace_seconds(self, obj: Object, asked: int | None) -> int:
        if not obj["spec"].get("nodeName"):
            return 0
        return self.grace if asked is None else asked

    def before_delete(self, obj: Object, context: WriteContext) -> None:
        if obj["spec"].get("address"):
            context.releases.append(f"address/{obj['spec']['address']}")


class NamespaceStrategy(Strategy):
    """A namespace stays until its own finalizers are gone."""

    def prepare_create(self, new: Object, context: WriteContext) -> None:
        new["spec"] = {"finalizers": ["kubernetes"]}
        new["status"] = {"phase": "Active"}

    def begin_delete(self, new: Object) -> None:
        new["status"] = {**new.get("status", {}), "phase": "Terminating"}

    def keep_deleted(self, obj: Object) -> bool:
        return bool(obj.get("spec", {}).get("finalizers"))


class ConfigStrategy(Strategy):
    """Configs have no generation, and a PUT makes them."""

    generation = False
    create_on_update = True


class StrictStrategy(Strategy):
    """An update must say what it has seen."""

    unconditional_update = False


def to_config(view: Object) -> Object:
    return {"metadata": view.get("metadata", {}), "data": view.get("entries", {})}


def from_config(config: Object) -> Object:
    return {"metadata": dict(config["metadata"]), "entries": config.get("data", {})}


class ViewSchema(KindSchema):
    """The same data, called entries."""

    class Meta:
        definition = "test.v1.View"

    entries = f.map_of(f.string(), "the data")


NAMESPACES = ResourceDefinition(
    ResourceType("", "v1", "namespaces"),
    "Namespace",
    NamespaceSchema,
    namespaced=False,
    strategy=NamespaceStrategy(),
    status=True,
    subresources=("finalize",),
)
CONFIGS = ResourceDefinition(ResourceType("", "v1", "configs"), "Config", ConfigSchema, strategy=ConfigStrategy())
WIDGETS = ResourceDefinition(
    ResourceType("test.io", "v1", "widgets"),
    "Widget",
    WidgetSchema,
    strategy=WidgetStrategy(),
    status=True,
    scale=Scale(),
    subresources=("binding",),
)
LOCKS = ResourceDefinition(ResourceType("test.io", "v1", "locks"), "Lock", ConfigSchema, strategy=StrictStrategy())
VIEWS = ResourceDefinition(
    ResourceType("view.io", "v1", "views"),
    "View",
    ViewSchema,
    stored_as=CONFIGS.resource,
    to_stored=to_config,
    from_stored=from_config,
)
KINDS = (NAMESPACES, CONFIGS, WIDGETS, LOCKS, VIEWS)


class TinyStore:
    """A store in memory that does everything on the caller's thread, and fails on demand."""

    def __init__(self, embedded: bool = True) -> None:
        self.capabilities = StoreCapabilities(embedded, False, 3 << 20, False)
        self.items: Any = SortedDict()
        self.now = 0
        self.log: list[Change] = []
        self.oldest = 0
        self.watches: list[TinyWatch] = []
        self.failures: list[Exception] = []
        self.before_commit: list[Any] = []
        self.commits = 0

    def get(self, key: str) -> Entry | None:
        found: Entry | None = self.items.get(key)
        return found

    def list(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        if self.failures:
            raise self.failures.pop(0)
        return Page([e for k, e in self.items.items() if k.startswith(prefix)], self.now)

    def commit(self, operations: Sequence[Operation]) -> Future[int]:
        future: Future[int] = Future()
        if self.before_commit:
            self.before_commit.pop(0)()
        self.commits += 1
        for operation in operations:
            found = self.items[operation.key].revision if operation.key in self.items else 0
            if operation.expected is not None and operation.expected != found:
                future.set_exception(RevisionMismatchError(operation.key, operation.expected, found))
                return future
            if isinstance(operation, Put) and len(operation.value) > self.capabilities.max_value_bytes:
                future.set_exception(ValueTooLargeError(operation.key))
                return future
        self.now += 1
        changes = [change for operation in operations if (change := self._do(operation)) is not None]
        self.log += changes
        for watch in list(self.watches):
            watch.deliver(changes, self.now)
        future.set_result(self.now)
        return future

    def _do(self, operation: Operation) -> Change | None:
        before = self.items.get(operation.key)
        previous, then = (before.value, before.revision) if before else (None, 0)
        if isinstance(operation, Put):
            self.items[operation.key] = Entry(operation.key, operation.value, self.now)
            return Change("put", operation.key, operation.value, self.now, previous, then)
        if isinstance(operation, Check) or before is None:
            return None
        assert isinstance(operation, Delete)
        del self.items[operation.key]
        return Change("delete", operation.key, None, self.now, previous, then)

    def watch(self, prefix: str, after_revision: int, watcher: Watcher) -> "TinyWatch":
        watch = TinyWatch(self, prefix, watcher)
        if after_revision < self.oldest:
            watcher.failed(CompactedError(after_revision, self.oldest))
            return watch
        self.watches.append(watch)
        past = [change for change in self.log if change.revision > after_revision]
        if past:
            watch.deliver(past, self.now)
        return watch

    def compact(self, revision: int) -> None:
        self.oldest = revision

    def revision(self) -> int:
        return self.now

    def close(self) -> None:
        self.watches.clear()

    def lose(self, prefix: str, error: Exception) -> None:
        """Let the watches of a prefix fail."""
        for watch in [watch for watch in self.watches if watch.prefix == prefix]:
            watch.close()
            watch.watcher.failed(error)


class TinyWatch:
    """A watch of the tiny store."""

    def __init__(self, store: TinyStore, prefix: str, watcher: Watcher) -> None:
        self.store, self.prefix, self.watcher = store, prefix, watcher

    def deliver(self, changes: Sequence[Change], revision: int) -> None:
        self.watcher.changed([change for change in changes if change.key.startswith(self.prefix)], revision)

    def close(self) -> None:
        if self in self.store.watches:
            self.store.watches.remove(self)


class Follower:
    """A subscriber that writes down what it is told."""

    def __init__(self) -> None:
        self.seen: list[CacheEvent] = []
        self.revision = 0
        self.error: Exception | None = None

    def events(self, events: Sequence[CacheEvent], revision: int) -> None:
        self.seen += events
        self.revision = revision

    def failed(self, error: Exception) -> None:
        self.error = error


class World:
    """A registry over a tiny store, with calls that block; `default` is the one namespace that there is."""

    def __init__(
        self, *, embedded: bool = True, admission: Sequence[Admission] = (), options: Mapping[str, Any] | None = None
    ) -> None:
        self.store = TinyStore(embedded)
        self.clock = FakeClock()
        self.registry = Registry(self.store, ResourceTable(KINDS), clock=self.clock, admission=admission, options=options)
        self.create(NAMESPACES, {"metadata": {"name": "default"}}, "")

    def create(self, definition: ResourceDefinition, body: Any, namespace: str = "default", **options: Any) -> WriteAnswer:
        return block(self.registry.create(definition, namespace, body, WriteOptions(**options)))

    def update(
        self, definition: ResourceDefinition, name: str, body: Any, namespace: str = "default", sub: str = "", **options: Any
    ) -> WriteAnswer:
        return block(self.registry.update(definition, namespace, name, body, WriteOptions(**options), sub))

    def patch(
        self,
        definition: ResourceDefinition,
        name: str,
        body: Any,
        kind: str = "merge",
        namespace: str = "default",
        sub: str = "",
        **options: Any,
    ) -> WriteAnswer:
        media = {"merge": "merge-patch", "json": "json-patch", "strategic": "strategic-merge-patch"}[kind]
        patch = Patch(f"application/{media}+json", body)
        return block(self.registry.patch(definition, namespace, name, patch, WriteOptions(**options), sub))

    def delete(self, definition: ResourceDefinition, name: str, namespace: str = "default", **options: Any) -> WriteAnswer:
        return block(self.registry.delete(definition, namespace, name, DeleteOptions(**options)))

    def get(self, definition: ResourceDefinition, name: str, namespace: str = "default") -> Object:
        return self.registry.get(definition, namespace, name).object

    def list(self, definition: ResourceDefinition, namespace: str = "", **options: Any) -> ListAnswer:
        return self.registry.list(definition, namespace, ListOptions(**options))

    def config(self, name: str, namespace: str = "default", **data: str) -> WriteAnswer:
        return self.create(CONFIGS, {"metadata": {"name": name}, "data": data}, namespace)

    def widget(self, name: str, namespace: str = "default", **spec: Any) -> WriteAnswer:
        return self.create(WIDGETS, {"metadata": {"name": name}, "spec": spec}, namespace)


def names(answer: ListAnswer) -> list[str]:
    """The names that a list holds."""
    return [cached.object["metadata"]["name"] for cached in answer.items]


def keys(found: Iterable[Cached]) -> list[str]:
    return [cached.key for cached in found]
