"""A small world for tests of the registry: a store in memory, a clock that is turned by hand, a few kinds with small schemas."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from kubernel.errors import Cause, StoreError
from kubernel.objects import fields as f
from kubernel.objects.meta import KindSchema, LabelSelector
from kubernel.ports.admission import Admission
from kubernel.ports.resource import ResourceDefinition, Scale, Strategy, WriteContext
from kubernel.ports.store import Operation, Page
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
from kubernel.testing.memory_store import MemoryStore
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


class ViewStrategy(ConfigStrategy):
    """A view's selectors are read off the stored object."""

    selectable_fields = ("entries.x",)

    def selectable(self, obj: Object) -> Mapping[str, str]:
        return {"entries.x": obj.get("data", {}).get("x", "")}


VIEWS = ResourceDefinition(
    ResourceType("view.io", "v1", "views"),
    "View",
    ViewSchema,
    strategy=ViewStrategy(),
    stored_as=CONFIGS.resource,
    to_stored=to_config,
    from_stored=from_config,
)
KINDS = (NAMESPACES, CONFIGS, WIDGETS, LOCKS, VIEWS)


class RacingStore(MemoryStore):
    """A store with which a test can do something between the moment that a write has read and the moment that it commits."""

    def __init__(self, *, embedded: bool = True) -> None:
        super().__init__(embedded=embedded)
        self.before_commit: list[Callable[[], object]] = []
        self.list_failures: list[StoreError] = []

    def commit(self, operations: Sequence[Operation]) -> Future[int]:
        if self.before_commit:
            self.before_commit.pop(0)()
        return super().commit(operations)

    def list(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        if self.list_failures:
            raise self.list_failures.pop(0)
        return super().list(prefix, start=start, limit=limit, revision=revision)


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
        self.store = RacingStore(embedded=embedded)
        self.clock = FakeClock()
        self.registry = Registry(self.store, ResourceTable(KINDS), clock=self.clock, admission=admission, options=options)
        self.create(NAMESPACES, {"metadata": {"name": "default"}}, "")

    def close(self) -> None:
        self.registry.close()
        self.store.close()

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
