"""The field types of schemas: marshmallow fields that also know what only Kubernetes asks of a field.

A schema is the one definition of a kind. Everything else is read off it: decoding and pruning, defaults, validation with
causes, strategic merge, OpenAPI, `kubectl explain`. What marshmallow has no word for is kept in `field.metadata`:

- `description`: one line in our own words;
- `list_type` (atomic, set, map), `map_keys`: how lists merge in server-side apply;
- `merge_key`, `patch_strategy` (merge, replace, retainKeys): how strategic merge patches treat the field;
- `format`: OpenAPI's format; `default`: the constant default; `union`: "at most one of these" (volume sources, probe actions);
- `required`: published as required. With `allow_empty` such a field may be absent or empty, and an absent one is filled with its
  type's zero value when defaults are set; without it, it must be there and be neither an empty text nor an empty list;
- `definition`: the published name of a free-form value's type.

The constructors below are functions, so that a schema reads as a table: `port = integer("the port", required=True)`.
"""

import base64
import re
from collections.abc import Callable, Sequence
from typing import Any, cast

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from kubernel.types.quantity import is_quantity
from kubernel.types.times import parse_time

MISSING: Any = object()
INT32, INT64 = 1 << 31, 1 << 63


class ApiSchema(Schema):
    """The base of every schema of the API; the first line of its docstring is the type's description.

    `Meta.definition` is the name in OpenAPI, such as `io.k8s.api.core.v1.Container`; `Meta.map_type = "atomic"` makes the whole
    object one value for server-side apply. Names that Python keeps for itself go into `Meta.include`. Unknown fields are left
    out; that they are told about is the decoder's matter.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("unknown", EXCLUDE)
        super().__init__(**kwargs)

    @validates_schema
    def _at_most_one_of_each_union(self, data: dict[str, Any], **kwargs: Any) -> None:
        unions = [self.declared_fields[name].metadata.get("union") for name in data if name in self.declared_fields]
        named = [union for union in unions if union]
        if len(named) != len(set(named)):
            raise ValidationError("may not specify more than one of a union")


class TextField(fields.String):
    """A string, and only a string."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        return value


class IntegerField(fields.Integer):
    """A whole number, given as a number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.make_error("invalid")
        limit = INT64 if self.metadata.get("format") == "int64" else INT32
        if not -limit <= value < limit:
            raise self.make_error("too_large", input=value)
        return value


class NumberField(fields.Float):
    """A number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class BooleanField(fields.Boolean):
    """true or false, and nothing that resembles them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class TimeField(TextField):
    """RFC 3339 text; kept as text, in the form in which it came."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            parse_time(text)
        except ValueError as error:
            raise self.make_error("invalid") from error
        return text


class BinaryField(TextField):
    """Bytes as base64 text; kept as text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if illegal_base64(text) is not None:
            raise self.make_error("invalid")
        return text


class QuantityField(fields.Field[Any]):
    """A resource quantity: text, or a bare number, which is kept as its text."""

    default_error_messages = {"invalid": "Not a valid quantity."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not is_quantity(value):
            raise self.make_error("invalid")
        return str(value)


class IntOrStringField(fields.Field[Any]):
    """A whole number or a text: a port or its name, a count or a percentage."""

    default_error_messages = {"invalid": "Not a valid integer or string."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self.make_error("invalid")
        return value


class AnythingField(fields.Raw):
    """Any JSON."""


class ObjectField(fields.Nested):
    """Another schema."""


class ListField(fields.List[Any]):
    """A list; its metadata says how it merges."""


class MapField(fields.Dict):
    """A map with strings as keys."""


Target = type[Schema] | Callable[[], type[Schema]]


def _options(
    description: str, required: bool, default: Any, *, allow_empty: bool = False, **metadata: Any
) -> dict[str, Any]:
    kept = {name: value for name, value in metadata.items() if value is not None and value != "" and value != ()}
    if default is not MISSING:
        kept["default"] = default
    if required:
        kept["required"] = True
    if allow_empty:
        kept["allow_empty"] = True
    return {"required": required and not allow_empty, "metadata": {"description": description, **kept}}


def string(
    description: str = "",
    *,
    required: bool = False,
    default: Any = MISSING,
    enum: Sequence[str] = (),
    pattern_name: str = "",
    format: str = "",
    allow_empty: bool = False,
) -> TextField:
    """Text. `enum` are the only values allowed (an absent or empty text passes unless required)."""
    rules: list[validate.Validator] = [validate.OneOf(["", *enum])] if enum else []
    if required and not allow_empty:
        rules.append(validate.Length(min=1))
    metadata = {"enum": tuple(enum), "pattern_name": pattern_name, "format": format}
    return TextField(validate=rules, **_options(description, required, default, allow_empty=allow_empty, **metadata))


def integer(
    description: str = "",
    *,
    required: bool = False,
    default: Any = MISSING,
    minimum: int | None = None,
    maximum: int | None = None,
    format: str = "int32",
    allow_empty: bool = False,
) -> IntegerField:
    """A whole number of 32 (or with format `int64` 64) bits, within bounds that are checked at validation."""
    bounds = validate.Range(minimum, maximum) if minimum is not None or maximum is not None else None
    metadata = {"format": format, "minimum": minimum, "maximum": maximum}
    return IntegerField(validate=bounds, **_options(description, required, default, allow_empty=allow_empty, **metadata))


def number(description: str = "", *, required: bool = False, default: Any = MISSING) -> NumberField:
    """A floating-point number."""
    return NumberField(**_options(description, required, default, format="double"))


def boolean(
    description: str = "", *, required: bool = False, default: Any = MISSING, allow_empty: bool = False
) -> BooleanField:
    """true or false."""
    return BooleanField(**_options(description, required, default, allow_empty=allow_empty))


def time(description: str = "", *, required: bool = False, micro: bool = False) -> TimeField:
    """A moment; with `micro` in microseconds (MicroTime)."""
    return TimeField(**_options(description, required, MISSING, format="date-time", micro=micro or None))


def quantity(description: str = "", *, required: bool = False, default: Any = MISSING) -> QuantityField:
    """A resource quantity."""
    return QuantityField(**_options(description, required, default))


def int_or_string(description: str = "", *, required: bool = False, default: Any = MISSING) -> IntOrStringField:
    """A whole number or a text."""
    return IntOrStringField(**_options(description, required, default, format="int-or-string"))


def binary(description: str = "", *, required: bool = False) -> TextField:
    """Bytes, as base64 text."""
    return BinaryField(**_options(description, required, MISSING, format="byte"))


def anything(
    description: str = "", *, required: bool = False, union: str = "", definition: str = "", type: str = "object"
) -> AnythingField:
    """Any JSON, kept as it is; `definition` is the published name of its type, `type` what is published of its form."""
    options = _options(description, required, MISSING, union=union, definition=definition, type=type)
    return AnythingField(**options)


def obj(
    schema: Target,
    description: str = "",
    *,
    required: bool = False,
    default: Any = MISSING,
    union: str = "",
    patch_strategy: str = "",
    allow_empty: bool = False,
) -> ObjectField:
    """Another schema, or (for circles) a function that gives it.

    `default={}` makes an absent object come to be, with its own defaults. Fields of one schema that share a `union` name are
    alternatives: at most one may be set.
    """
    nested = cast(Any, schema if isinstance(schema, type) else (lambda: cast(Any, schema)()()))
    metadata = {"union": union, "patch_strategy": patch_strategy, "target": schema}
    return ObjectField(nested, **_options(description, required, default, allow_empty=allow_empty, **metadata))


def list_of(
    item: fields.Field[Any] | Target,
    description: str = "",
    *,
    required: bool = False,
    list_type: str = "",
    map_keys: Sequence[str] = (),
    merge_key: str = "",
    patch_strategy: str = "",
    allow_empty: bool = False,
) -> ListField:
    """A list of a schema or of a field; `list_type`, `map_keys`, `merge_key`, `patch_strategy` as in the module."""
    inner = item if isinstance(item, fields.Field) else obj(item)
    metadata = {
        "list_type": list_type,
        "map_keys": tuple(map_keys),
        "merge_key": merge_key,
        "patch_strategy": patch_strategy,
    }
    rule = validate.Length(min=1) if required and not allow_empty else None
    options = _options(description, required, MISSING, allow_empty=allow_empty, **metadata)
    return ListField(cast(Any, inner), validate=rule, **options)


def map_of(
    value: fields.Field[Any] | Target, description: str = "", *, required: bool = False, atomic: bool = False
) -> MapField:
    """A map from text to the given field or schema."""
    keys: Any = TextField()
    inner: Any = value if isinstance(value, fields.Field) else obj(value)
    options = _options(description, required, MISSING, map_type="atomic" if atomic else None)
    return MapField(keys=keys, values=inner, **options)


def nested_schema(field: fields.Nested) -> type[Schema]:
    """The schema class behind an object field, without making an instance where the class is known."""
    target = field.metadata.get("target")
    if target is None:
        return type(field.schema)
    return cast(type[Schema], target if isinstance(target, type) else target())


def meta_option(schema: type[Schema], name: str) -> str:
    """An option of the schema's own `Meta` (a base's is not the schema's), or ""."""
    return str(getattr(vars(schema).get("Meta"), name, ""))


def definition_of(schema: type[Schema]) -> str:
    """The published name of a schema, or "" for one that is only written out where it is used."""
    return meta_option(schema, "definition")


def illegal_base64(text: str) -> int | None:
    """Where base64 text goes wrong, as Kubernetes counts it; None where it is right."""
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        legal = re.match(r"[A-Za-z0-9+/]*", text)
        return legal.end() if legal else 0
    return None
