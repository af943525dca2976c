"""The field types of schemas: marshmallow fields that also know what only Kubernetes asks of a field.

A schema is the one definition of a kind. Everything else is read off it: decoding and pruning, defaults, validation with
causes, strategic merge, OpenAPI, `kubectl explain`. What marshmallow has no word for is kept in `field.metadata`:

- `description`: one line in our own words;
- `list_type` (atomic, set, map), `map_keys`: how lists merge in server-side apply;
- `merge_key`, `patch_strategy` (merge, replace, retainKeys): how strategic merge patches treat the field;
- `format`: OpenAPI's format; `union`: "at most one of these" (volume sources, probe actions);
- `default`: the constant that an absent field gets; an empty text counts as absent, and so does a zero below `minimum`;
- `required`: published as required. With `allow_empty` such a field may be absent or empty, and an absent one is filled with its
  type's zero value when defaults are set; without it, it must be there and be neither an empty text nor an empty list;
- `definition`: the published name of a free-form value's type.

The constructors below are functions, so that a schema reads as a table: `port = integer("the port", required=True)`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate, validates_schema

from kubernel.objects.field_types import (
    AnythingField,
    BinaryField,
    BooleanField,
    IntegerField,
    IntOrStringField,
    ListField,
    MapField,
    NameRule,
    NumberField,
    ObjectField,
    QuantityField,
    TextField,
    TimeField,
    zero_value,
)

__all__ = [
    "MISSING",
    "ApiSchema",
    "anything",
    "binary",
    "boolean",
    "definition_of",
    "int_or_string",
    "integer",
    "list_of",
    "map_of",
    "meta_option",
    "nested_schema",
    "nested_schemas",
    "number",
    "obj",
    "quantity",
    "reaches",
    "string",
    "time",
    "zero_value",
]

MISSING: Any = object()


class ApiSchema(Schema):
    """The base of every schema of the API; the first line of its docstring is the type's description.

    `Meta.definition` is the name in OpenAPI, such as `io.k8s.api.core.v1.Container`; `Meta.map_type = "atomic"` makes the whole
    object one value for server-side apply. Names that Python keeps for itself go into `Meta.include`. Unknown fields are left
    out; that they are told about is the decoder's matter.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("unknown", EXCLUDE)
        super().__init__(**kwargs)

    @pre_load
    def _without_nulls(self, data: Any, **kwargs: Any) -> Any:
        return {name: value for name, value in data.items() if value is not None} if isinstance(data, dict) else data

    @validates_schema
    def _at_most_one_of_each_union(self, data: dict[str, Any], **kwargs: Any) -> None:
        unions = [self.declared_fields[name].metadata.get("union") for name in data if name in self.declared_fields]
        named = [union for union in unions if union]
        if len(named) != len(set(named)):
            raise ValidationError("may not specify more than one of a union")


Target = type[Schema] | Callable[[], type[Schema]]


def _options(description: str, required: bool, default: Any, allow_empty: bool = False, /, **metadata: Any) -> dict[str, Any]:
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
    """Text. `enum` are the only values allowed (an absent or empty text passes unless required).

    :param pattern_name: a rule of `kubernel.types.names` that the text must follow, such as `dns_label`.
    """
    rules: list[validate.Validator] = [validate.OneOf(["", *enum])] if enum else []
    if required and not allow_empty:
        rules.append(validate.Length(min=1))
    if pattern_name:
        rules.append(NameRule(pattern_name))
    metadata = {"enum": tuple(enum), "pattern_name": pattern_name, "format": format}
    return TextField(validate=rules, **_options(description, required, default, allow_empty, **metadata))


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
    return IntegerField(validate=bounds, **_options(description, required, default, allow_empty, **metadata))


def number(description: str = "", *, required: bool = False, default: Any = MISSING, allow_empty: bool = False) -> NumberField:
    """A floating-point number."""
    return NumberField(**_options(description, required, default, allow_empty, format="double"))


def boolean(description: str = "", *, required: bool = False, default: Any = MISSING, allow_empty: bool = False) -> BooleanField:
    """true or false."""
    return BooleanField(**_options(description, required, default, allow_empty))


def time(description: str = "", *, required: bool = False, micro: bool = False, allow_empty: bool = False) -> TimeField:
    """A moment; with `micro` in microseconds (MicroTime). One that may be absent is left absent."""
    metadata = {"format": "date-time", "micro": micro or None}
    return TimeField(**_options(description, required, MISSING, allow_empty, **metadata))


def quantity(
    description: str = "", *, required: bool = False, default: Any = MISSING, allow_empty: bool = False
) -> QuantityField:
    """A resource quantity."""
    return QuantityField(**_options(description, required, default, allow_empty))


def int_or_string(
    description: str = "", *, required: bool = False, default: Any = MISSING, allow_empty: bool = False
) -> IntOrStringField:
    """A whole number or a text."""
    metadata = {"format": "int-or-string"}
    return IntOrStringField(**_options(description, required, default, allow_empty, **metadata))


def binary(description: str = "", *, required: bool = False, allow_empty: bool = False) -> BinaryField:
    """Bytes, as base64 text."""
    return BinaryField(**_options(description, required, MISSING, allow_empty, format="byte"))


def anything(
    description: str = "",
    *,
    required: bool = False,
    union: str = "",
    definition: str = "",
    type: str = "object",
    allow_empty: bool = False,
) -> AnythingField:
    """Any JSON, kept as it is; `definition` is the published name of its type, `type` what is published of its form."""
    metadata = {"union": union, "definition": definition, "type": type}
    return AnythingField(**_options(description, required, MISSING, allow_empty, **metadata))


def obj(
    schema: Target,
    description: str = "",
    *,
    required: bool = False,
    default: Any = MISSING,
    union: str = "",
    patch_strategy: str = "",
    allow_empty: bool = False,
    atomic: bool = False,
) -> ObjectField:
    """Another schema, or (for circles) a function that gives it.

    `default={}` makes an absent object come to be, with its own defaults. Fields of one schema that share a `union` name are
    alternatives: at most one may be set. The name is told to the user ("may not specify more than 1 volume type"). `atomic`
    makes the object one value for server-side apply, here but not wherever the schema is used.
    """
    nested = cast(Any, schema if isinstance(schema, type) else (lambda: cast(Any, schema)()()))
    metadata: dict[str, Any] = {"union": union, "patch_strategy": patch_strategy, "target": schema}
    if atomic:
        metadata["map_type"] = "atomic"
    return ObjectField(nested, **_options(description, required, default, allow_empty, **metadata))


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
    options = _options(description, required, MISSING, allow_empty, **metadata)
    return ListField(cast(Any, inner), validate=rule, **options)


def map_of(
    value: fields.Field[Any] | Target,
    description: str = "",
    *,
    required: bool = False,
    atomic: bool = False,
    allow_empty: bool = False,
) -> MapField:
    """A map from text to the given field or schema."""
    keys: Any = TextField()
    inner: Any = value if isinstance(value, fields.Field) else obj(value)
    metadata = {"map_type": "atomic" if atomic else None}
    options = _options(description, required, MISSING, allow_empty, **metadata)
    return MapField(keys=keys, values=inner, **options)


def nested_schema(field: fields.Nested) -> type[Schema]:
    """The schema class behind an object field, without making an instance where the class is known."""
    target = field.metadata.get("target")
    if target is None:
        return type(field.schema)
    return cast(type[Schema], target if isinstance(target, type) else target())


def nested_schemas(schema: type[Schema]) -> Iterator[type[Schema]]:
    """The schemas of a schema's fields, also those in lists and maps."""
    for declared in schema._declared_fields.values():
        field: Any = declared
        while isinstance(field, fields.List | fields.Dict):
            field = field.inner if isinstance(field, fields.List) else field.value_field
        if isinstance(field, fields.Nested):
            yield nested_schema(field)


def reaches(schema: type[Schema], wanted: Callable[[type[Schema]], bool]) -> bool:
    """Whether a schema, or any schema within it, is one of the wanted ones."""
    seen, ahead = {schema}, [schema]
    while ahead:
        found = ahead.pop()
        if wanted(found):
            return True
        fresh = [nested for nested in nested_schemas(found) if nested not in seen]
        seen.update(fresh)
        ahead.extend(fresh)
    return False


def meta_option(schema: type[Schema], name: str) -> str:
    """An option of the schema's own `Meta` (a base's is not the schema's), or ""."""
    return str(getattr(vars(schema).get("Meta"), name, ""))


def definition_of(schema: type[Schema]) -> str:
    """The published name of a schema, or "" for one that is only written out where it is used."""
    return meta_option(schema, "definition")
