"""The field types of schemas: marshmallow fields that also know what only Kubernetes asks of a field.

A schema is the one definition of a kind. Everything else is read off it: decoding and pruning, defaults, validation with
causes, strategic merge, OpenAPI, `kubectl explain`. What marshmallow has no word for is kept in `field.metadata`:

- `description`: one line in our own words;
- `list_type` (atomic, set, map), `map_keys`: how lists merge in server-side apply;
- `merge_key`, `patch_strategy` (merge, replace, retainKeys): how strategic merge patches treat the field;
- `format`: OpenAPI's format; `default`: the constant default; `union`: "at most one of these" (volume sources, probe actions).

The constructors below are functions, so that a schema reads as a table: `port = integer("the port", required=True)`.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

from marshmallow import Schema, fields, validate

from kubernel.types.quantity import is_quantity
from kubernel.types.times import parse_time

MISSING: Any = object()


class ApiSchema(Schema):
    """The base of every schema of the API; the first line of its docstring is the type's description.

    `Meta.definition` is the name in OpenAPI, such as `io.k8s.api.core.v1.Container`. Unknown fields are the decoder's matter.
    """

    class Meta:
        ordered = True


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


def _options(description: str, required: bool, default: Any, **metadata: Any) -> dict[str, Any]:
    kept = {name: value for name, value in metadata.items() if value not in (None, "", ())}
    if default is not MISSING:
        kept["default"] = default
    return {"required": required, "metadata": {"description": description, **kept}}


def string(
    description: str = "",
    *,
    required: bool = False,
    default: Any = MISSING,
    enum: Sequence[str] = (),
    pattern_name: str = "",
    format: str = "",
) -> TextField:
    """Text. `enum` are the only values allowed (an absent or empty text passes unless required)."""
    return TextField(
        validate=validate.OneOf(enum) if enum else None,
        **_options(description, required, default, enum=tuple(enum), pattern_name=pattern_name, format=format),
    )


def integer(
    description: str = "",
    *,
    required: bool = False,
    default: Any = MISSING,
    minimum: int | None = None,
    maximum: int | None = None,
    format: str = "int32",
) -> IntegerField:
    """A whole number of 32 (or with format `int64` 64) bits, within bounds that are checked at validation."""
    bounds = validate.Range(minimum, maximum) if minimum is not None or maximum is not None else None
    return IntegerField(
        validate=bounds,
        **_options(description, required, default, format=format, minimum=minimum, maximum=maximum),
    )


def number(description: str = "", *, required: bool = False, default: Any = MISSING) -> NumberField:
    """A floating-point number."""
    return NumberField(**_options(description, required, default, format="double"))


def boolean(description: str = "", *, required: bool = False, default: Any = MISSING) -> BooleanField:
    """true or false."""
    return BooleanField(**_options(description, required, default))


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
    return TextField(**_options(description, required, MISSING, format="byte"))


def anything(description: str = "", *, required: bool = False, union: str = "") -> AnythingField:
    """Any JSON, kept as it is."""
    return AnythingField(**_options(description, required, MISSING, union=union))


def obj(
    schema: Target,
    description: str = "",
    *,
    required: bool = False,
    default: Any = MISSING,
    union: str = "",
    patch_strategy: str = "",
) -> ObjectField:
    """Another schema, or (for circles) a function that gives it.

    `default={}` makes an absent object come to be, with its own defaults. Fields of one schema that share a `union` name are
    alternatives: at most one may be set.
    """
    nested = cast(Any, schema if isinstance(schema, type) else (lambda: cast(Any, schema)()()))
    return ObjectField(nested, **_options(description, required, default, union=union, patch_strategy=patch_strategy))


def list_of(
    item: fields.Field[Any] | Target,
    description: str = "",
    *,
    required: bool = False,
    list_type: str = "",
    map_keys: Sequence[str] = (),
    merge_key: str = "",
    patch_strategy: str = "",
) -> ListField:
    """A list of a schema or of a field; `list_type`, `map_keys`, `merge_key`, `patch_strategy` as in the module."""
    inner = item if isinstance(item, fields.Field) else obj(item)
    metadata = {
        "list_type": list_type,
        "map_keys": tuple(map_keys),
        "merge_key": merge_key,
        "patch_strategy": patch_strategy,
    }
    return ListField(cast(Any, inner), **_options(description, required, MISSING, **metadata))


def map_of(value: fields.Field[Any], description: str = "", *, required: bool = False, atomic: bool = False) -> MapField:
    """A map from text to the given field."""
    keys: Any = TextField()
    return MapField(
        keys=keys, values=cast(Any, value), **_options(description, required, MISSING, map_type="atomic" if atomic else None)
    )
