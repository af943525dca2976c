"""A small world for tests of the real kinds: a registry over a store in memory, and words for what it says of an object."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from kubernel.errors import InvalidError
from kubernel.objects import kinds
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.flow import block
from kubernel.registry.registry import Registry
from kubernel.registry.requests import DeleteOptions, Patch, WriteAnswer, WriteOptions
from kubernel.registry.table import ResourceTable
from kubernel.testing.clock import FakeClock
from kubernel.testing.memory_store import MemoryStore
from kubernel.types.json import JSON, Object
from kubernel.types.references import ResourceType
from kubernel.types.well_known import NAMESPACES

SERVICE_CIDR = "127.99.0.0/16"


class KindWorld:
    """A registry with the kernel's kinds (and more that a test brings), whose calls block; `default` is there."""

    def __init__(self, more: Sequence[ResourceDefinition] = ()) -> None:
        self.store = MemoryStore()
        self.clock = FakeClock()
        self.table = ResourceTable([*kinds(), *more])
        self.registry = Registry(self.store, self.table, clock=self.clock, options={"service_cidr": SERVICE_CIDR})
        self.create(NAMESPACES, {"metadata": {"name": "default"}}, "")

    def close(self) -> None:
        self.registry.close()
        self.store.close()

    def create(self, resource: ResourceType, body: Object, namespace: str = "default", *, dry_run: bool = False) -> Object:
        options = WriteOptions(dry_run=dry_run, field_validation="Strict")
        return block(self.registry.create(self.table.definition(resource), namespace, body, options)).object

    def update(self, resource: ResourceType, body: Object, namespace: str = "default", subresource: str = "") -> Object:
        name, options = body["metadata"]["name"], WriteOptions(field_validation="Strict")
        body = {**body, "metadata": {**body["metadata"]}}
        body["metadata"].pop("resourceVersion", None)
        return block(self.registry.update(self.table.definition(resource), namespace, name, body, options, subresource)).object

    def merge(self, resource: ResourceType, name: str, patch: JSON, namespace: str = "default", subresource: str = "") -> Object:
        wanted = Patch("application/merge-patch+json", patch)
        definition = self.table.definition(resource)
        return block(self.registry.patch(definition, namespace, name, wanted, WriteOptions(), subresource)).object

    def modify(self, resource: ResourceType, name: str, change: Callable[[Object], None], namespace: str = "default") -> Object:
        definition = self.table.definition(resource)
        return block(self.registry.modify(definition, namespace, name, change, WriteOptions())).object

    def delete(self, resource: ResourceType, name: str, namespace: str = "default", grace: int | None = None) -> WriteAnswer:
        options = DeleteOptions(grace_seconds=grace)
        return block(self.registry.delete(self.table.definition(resource), namespace, name, options))

    def get(self, resource: ResourceType, name: str, namespace: str = "default") -> Object:
        return self.registry.get(self.table.definition(resource), namespace, name).object

    def row(self, resource: ResourceType, obj: Object, now: datetime | None = None) -> dict[str, JSON]:
        """What a table shows of an object."""
        columns = self.table.definition(resource).columns
        return {column.name: column.cell(obj, now or self.clock.now()) for column in columns}


def causes(call: Callable[..., Any], *arguments: Any, **named: Any) -> dict[str, str]:
    """What a write is refused for: messages by field, several of one field joined by a semicolon."""
    try:
        call(*arguments, **named)
    except InvalidError as error:
        found: dict[str, str] = {}
        for cause in error.causes:
            found[cause.field] = f"{found[cause.field]}; {cause.message}" if cause.field in found else cause.message
        return found
    return {}
