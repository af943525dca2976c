"""What patches and field ownership read off a schema: for a field's path, what it is and how it merges.

`schema_node(schema)` gives the root; from there `node(name)` walks down. Nodes are built when asked for, so that schemas that
contain themselves are no trouble, and each schema is looked at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal, TypeAlias

from marshmallow import Schema, fields

from kubernel.objects import fields as f

Kind: TypeAlias = Literal["scalar", "object", "list", "map", "any"]


@dataclass(frozen=True)
class FieldNode:
    """One field, or one element of a list or map (whose name is "")."""

    name: str
    kind: Kind
    field: fields.Field[Any]

    @property
    def merge_key(self) -> str:
        """The field of a list's objects by which strategic merge finds the partner; "" where lists are replaced."""
        return str(self.field.metadata.get("merge_key", ""))

    @property
    def patch_strategy(self) -> str:
        """As published: merge, replace, retainKeys, or `merge,retainKeys`; "" is replace for lists, merge for objects."""
        return str(self.field.metadata.get("patch_strategy", ""))

    @property
    def list_type(self) -> str:
        """atomic, set or map for server-side apply; "" counts as atomic."""
        return str(self.field.metadata.get("list_type", ""))

    @property
    def map_keys(self) -> tuple[str, ...]:
        """The fields that identify an element of a list of type map."""
        return tuple(self.field.metadata.get("map_keys", ()))

    @property
    def atomic(self) -> bool:
        """Whether server-side apply takes the field as one value."""
        if self.kind == "list":
            return self.list_type not in ("set", "map")
        if self.field.metadata.get("map_type") == "atomic":
            return True
        return self.kind == "any" or (self.kind == "object" and self.schema is not None and self.schema.atomic)

    @property
    def default(self) -> Any:
        """The constant default, or None."""
        return self.field.metadata.get("default")

    @cached_property
    def element(self) -> "FieldNode | None":
        """The element of a list or map."""
        if isinstance(self.field, fields.List):
            return _node("", self.field.inner)
        if isinstance(self.field, fields.Dict) and self.field.value_field is not None:
            return _node("", self.field.value_field)
        return None

    @cached_property
    def schema(self) -> "SchemaNode | None":
        """The schema of an object, or of the objects that a list or map holds."""
        if isinstance(self.field, fields.Nested):
            return schema_node(f.nested_schema(self.field))
        return self.element.schema if self.element is not None else None

    def node(self, child: str) -> "FieldNode | None":
        """The node below: a field of the object; for lists and maps their element, whatever the name."""
        if self.kind == "object" and self.schema is not None:
            return self.schema.fields.get(child)
        return self.element


@dataclass(frozen=True)
class SchemaNode:
    """One schema: its fields by the names that JSON uses."""

    schema: type[Schema]

    @cached_property
    def fields(self) -> Mapping[str, FieldNode]:
        declared = self.schema._declared_fields
        named = ((field.data_key or name, field) for name, field in declared.items())
        return {name: _node(name, field) for name, field in named}

    @property
    def definition(self) -> str:
        """The published name, such as `io.k8s.api.core.v1.Container`."""
        return f.definition_of(self.schema)

    @property
    def atomic(self) -> bool:
        """Whether server-side apply takes the whole object as one value."""
        return f.meta_option(self.schema, "map_type") == "atomic"

    def node(self, child: str) -> FieldNode | None:
        return self.fields.get(child)


def _node(name: str, field: fields.Field[Any]) -> FieldNode:
    kind: Kind = "scalar"
    if isinstance(field, fields.Nested):
        kind = "object"
    elif isinstance(field, fields.List):
        kind = "list"
    elif isinstance(field, fields.Dict):
        kind = "map"
    elif isinstance(field, fields.Raw):
        kind = "any"
    return FieldNode(name, kind, field)


@lru_cache(maxsize=4096)
def schema_node(schema: type[Schema]) -> SchemaNode:
    """The root of a kind (or of any schema); the same one each time."""
    return SchemaNode(schema)
