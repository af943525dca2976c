"""Defaults: the constants that a schema gives to absent fields, set in place on a decoded object.

An empty text counts as absent, and so does a zero where the bounds do not allow zero, because that is how Kubernetes' own types
tell "not given". What depends on other fields is the matter of a kind's strategy.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

from marshmallow import Schema, fields

from kubernel.objects import fields as f
from kubernel.types.json import JSON, Object

Defaulter: TypeAlias = Callable[[Any], None]


@lru_cache(maxsize=4096)
def object_defaulter(schema: type[Schema]) -> Defaulter | None:
    """What sets the defaults of a schema's objects and of all within; None where there are none."""
    if not f.reaches(schema, _has_constants):
        return None
    constants: list[tuple[str, Any, bool]] = []
    nested: dict[str, Defaulter] = {}
    for attribute, field in schema._declared_fields.items():
        name = field.data_key or attribute
        value = constant(field)
        if value is not None:
            constants.append((name, value, _empty_is_absent(field, value)))
        if _innermost(field) is not None:
            nested[name] = _later(nested, name, field)
    find = nested.get

    def apply(obj: Object) -> None:
        for name, value, empty_is_absent in constants:
            if name not in obj or (empty_is_absent and not obj[name]):
                obj[name] = value.copy() if isinstance(value, dict | list) else value
        for name, item in obj.items():
            defaulter = find(name)
            if defaulter is not None:
                defaulter(item)

    return apply


def constant(field: fields.Field[Any]) -> JSON:
    """The value that an absent field gets, or None: its default, or the zero of a required field that may be empty."""
    if "default" in field.metadata:
        return field.metadata["default"]
    if field.metadata.get("required") and field.metadata.get("allow_empty"):
        return f.zero_value(field)
    return None


def _empty_is_absent(field: fields.Field[Any], value: JSON) -> bool:
    if isinstance(field, fields.Integer):
        return bool(value) and (field.metadata.get("minimum") or 0) > 0
    return isinstance(value, str) and bool(value)


def _has_constants(schema: type[Schema]) -> bool:
    return any(constant(field) is not None for field in schema._declared_fields.values())


def _innermost(field: Any) -> fields.Nested | None:
    """The object field at the bottom of lists and maps."""
    while isinstance(field, fields.List | fields.Dict):
        field = field.inner if isinstance(field, fields.List) else field.value_field
    return field if isinstance(field, fields.Nested) else None


def _later(nested: dict[str, Defaulter], name: str, field: fields.Field[Any]) -> Defaulter:
    """A stand-in that is replaced when the first value comes: most parts of most schemas are never used."""

    def first(value: JSON) -> None:
        defaulter = field_defaulter(field)
        nested[name] = defaulter or _nothing
        if defaulter is not None:
            defaulter(value)

    return first


def field_defaulter(field: Any) -> Defaulter | None:
    """What sets the defaults within one field's values; None where there are none."""
    if isinstance(field, fields.Nested):
        return object_defaulter(f.nested_schema(field))
    inner = field.inner if isinstance(field, fields.List) else getattr(field, "value_field", None)
    element = field_defaulter(inner) if inner is not None else None
    if element is None:
        return None

    def each(values: JSON) -> None:
        for value in values if isinstance(values, list) else values.values():
            element(value)

    return each


def _nothing(value: JSON) -> None:
    """There are no defaults in here."""
