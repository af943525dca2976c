"""From fields to OpenAPI: what one schema and one field look like in each of the two versions.

The two differ little: where definitions live, and what may stand beside a reference. Version 2 as Kubernetes publishes it puts a
description beside `$ref`; version 3 wraps the reference in `allOf`. Clients read patch strategies and list types from the
`x-kubernetes-` extensions, and kubectl's `explain` reads the descriptions.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from marshmallow import Schema, fields

from kubernel.objects import field_types as types
from kubernel.objects import fields as f
from kubernel.types.json import JSON

Properties: TypeAlias = dict[str, JSON]

META = "io.k8s.apimachinery.pkg.apis.meta.v1"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version of OpenAPI."""

    version: str
    home: str

    @property
    def three(self) -> bool:
        return self.version.startswith("3")

    def reference(self, name: str, beside: Properties) -> Properties:
        """A reference to a definition, with what stands beside it."""
        link = {"$ref": f"{self.home}{name}"}
        if not beside:
            return link
        return {**beside, "allOf": [link]} if self.three else {**link, **beside}


V2 = Dialect("2.0", "#/definitions/")
V3 = Dialect("3.0.0", "#/components/schemas/")


class Describer:
    """Describes schemas in one dialect, and remembers which definitions its descriptions refer to."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.schemas: dict[str, type[Schema]] = {}
        self.leaves: dict[str, Properties] = {}

    def reference(self, schema: type[Schema], beside: Properties | None = None) -> Properties:
        """A reference to a schema's definition; a schema without a name is written out on the spot."""
        name = f.definition_of(schema)
        if not name:
            return {**self.describe(schema), **(beside or {})}
        self.schemas[name] = schema
        return self.dialect.reference(name, beside or {})

    def describe(self, schema: type[Schema]) -> Properties:
        """A schema's definition."""
        properties, required = {}, []
        for attribute, field in sorted(schema._declared_fields.items(), key=lambda item: item[1].data_key or item[0]):
            name = field.data_key or attribute
            properties[name] = self.describe_field(field)
            if field.required or field.metadata.get("required"):
                required.append(name)
        definition: Properties = {"description": description_of(schema), "type": "object"}
        if properties:
            definition["properties"] = properties
        if required:
            definition["required"] = required
        map_type = f.meta_option(schema, "map_type")
        if map_type:
            definition["x-kubernetes-map-type"] = map_type
        return definition

    def describe_field(self, field: fields.Field[Any]) -> Properties:
        """A field, with its description and its extensions."""
        beside = _beside(field)
        if isinstance(field, fields.Nested):
            return self.reference(f.nested_schema(field), beside)
        leaf = _leaf_name(field)
        if leaf:
            self.leaves[leaf] = self._leaf(field)
            return self.dialect.reference(leaf, beside)
        if isinstance(field, fields.List):
            return {**beside, "type": "array", "items": self.describe_field(field.inner)}
        if isinstance(field, fields.Dict):
            values: Any = field.value_field
            inside = {"additionalProperties": self.describe_field(values)} if values is not None else {}
            return {**beside, "type": "object", **inside}
        return {**beside, **_scalar(field)}

    def _leaf(self, field: fields.Field[Any]) -> Properties:
        """The definition of a scalar type that has a published name."""
        if isinstance(field, types.TimeField):
            return {"type": "string", "format": "date-time"}
        if isinstance(field, types.QuantityField):
            return {"oneOf": [{"type": "string"}, {"type": "number"}]} if self.dialect.three else {"type": "string"}
        if isinstance(field, types.IntOrStringField):
            kind: Properties = {"oneOf": [{"type": "integer"}, {"type": "string"}]} if self.dialect.three else {"type": "string"}
            return {**kind, "format": "int-or-string"}
        return _scalar(field)


def description_of(schema: type[Schema]) -> str:
    """The first paragraph of a schema's docstring, as one line."""
    return " ".join((schema.__doc__ or "").strip().partition("\n\n")[0].split())


def _leaf_name(field: fields.Field[Any]) -> str:
    if isinstance(field, types.TimeField):
        return f"{META}.MicroTime" if field.metadata.get("micro") else f"{META}.Time"
    if isinstance(field, types.QuantityField):
        return QUANTITY
    if isinstance(field, types.IntOrStringField):
        return INT_OR_STRING
    return str(field.metadata.get("definition", ""))


def _scalar(field: fields.Field[Any]) -> Properties:
    """The type of a field that has no parts."""
    metadata = field.metadata
    if isinstance(field, fields.Raw):
        kind: Properties = {"type": metadata["type"]} if metadata.get("type") else {}
    elif isinstance(field, fields.Boolean):
        kind = {"type": "boolean"}
    elif isinstance(field, fields.Integer):
        kind = {"type": "integer", "format": metadata.get("format", "int32")}
    elif isinstance(field, fields.Float):
        kind = {"type": "number", "format": "double"}
    else:
        kind = {"type": "string", **({"format": metadata["format"]} if metadata.get("format") else {})}
    if metadata.get("enum"):
        kind["enum"] = sorted(metadata["enum"])
    return kind


def _beside(field: fields.Field[Any]) -> Properties:
    """What is said of a field whatever its type: description, default, and how it merges."""
    metadata = field.metadata
    said: Properties = {}
    if metadata.get("description"):
        said["description"] = metadata["description"]
    default = metadata.get("default")
    if isinstance(default, str | int | float):
        said["default"] = default
    for extension, name in (
        ("x-kubernetes-list-type", "list_type"),
        ("x-kubernetes-list-map-keys", "map_keys"),
        ("x-kubernetes-map-type", "map_type"),
        ("x-kubernetes-patch-merge-key", "merge_key"),
        ("x-kubernetes-patch-strategy", "patch_strategy"),
    ):
        if metadata.get(name):
            said[extension] = list(metadata[name]) if isinstance(metadata[name], tuple) else metadata[name]
    return said
