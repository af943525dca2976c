"""Decoding: from any JSON to an object of a kind, with unknown fields and nulls taken away and every type checked.

A schema becomes closures, the first time that a value needs them, one per schema for all kinds that use it. marshmallow's own
`load` gives the same verdict (a property test holds the two together) at a tenth of the speed. A decoder takes a value and a
list of problems; it gives the decoded value, or `REJECTED` after adding the problem. Paths grow only where there are problems.
A value that is nested too deep raises `RecursionError`.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

from marshmallow import Schema, ValidationError, fields

from kubernel.objects import field_types as types
from kubernel.objects import fields as f
from kubernel.objects.problems import Key, Problem, climb, json_word
from kubernel.types.json import JSON
from kubernel.types.quantity import canonical

Decoder: TypeAlias = Callable[[JSON, list[Problem]], JSON]
Entry: TypeAlias = tuple[type | None, Decoder]

REJECTED: Any = object()
UNKNOWN = "UnknownField"
DEEPEST = 128
"""How many levels a free-form value may have: more cannot be written as JSON by every part of the house."""
_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


@lru_cache(maxsize=4096)
def object_decoder(schema: type[Schema]) -> Decoder:
    """The decoder of a schema's objects; the same one each time."""
    struct, go_type = go_struct(schema), go_name(schema)
    table: dict[str, Entry] = {}
    for attribute, field in schema._declared_fields.items():
        name = field.data_key or attribute
        table[name] = _entry(table, name, field)
    find = table.get

    def decode(value: JSON, problems: list[Problem]) -> JSON:
        if not isinstance(value, dict):
            return _wrong(value, go_type, problems)
        result: dict[str, JSON] = {}
        for name, item in value.items():
            entry = find(name)
            if entry is None:
                problems.append(Problem("unknown field", UNKNOWN, steps=[name]))
                continue
            if item is None:
                continue
            if type(item) is entry[0]:
                result[name] = item
                continue
            start = len(problems)
            decoded = entry[1](item, problems)
            if len(problems) != start:
                climb(problems, start, name, struct)
            if decoded is not REJECTED:
                result[name] = decoded
        return result

    return decode


def _entry(table: dict[str, Entry], name: str, field: fields.Field[Any]) -> Entry:
    """A field's row: the type whose values pass as they are (if any), and the decoder for all others.

    Decoders of what has parts are made when the first value comes, and then take their place in the table.
    """
    plain = _plain_type(field)
    if plain is not None:
        return plain, field_decoder(field)

    def first(value: JSON, problems: list[Problem]) -> JSON:
        decoder = field_decoder(field)
        table[name] = (None, decoder)
        return decoder(value, problems)

    return None, first


def _plain_type(field: fields.Field[Any]) -> type | None:
    if type(field) in (types.TextField, fields.String):
        return str
    return bool if type(field) in (types.BooleanField, fields.Boolean) else None


def field_decoder(field: fields.Field[Any]) -> Decoder:
    """The decoder of one field's values."""
    if isinstance(field, fields.Nested):
        return object_decoder(f.nested_schema(field))
    if isinstance(field, fields.List):
        return _list_decoder(field)
    if isinstance(field, fields.Dict):
        return _map_decoder(field)
    if isinstance(field, fields.Raw):
        return _anything
    if type(field) is types.IntegerField:
        return _int64 if field.metadata.get("format") == "int64" else _int32
    known: dict[type, Decoder] = {
        types.TextField: _text,
        types.BooleanField: _boolean,
        types.NumberField: _number,
        types.TimeField: _time,
        types.BinaryField: _binary,
        types.QuantityField: _quantity,
        types.IntOrStringField: _int_or_string,
    }
    return known.get(type(field)) or _foreign_decoder(field)


def _list_decoder(field: fields.List[Any]) -> Decoder:
    inner = field.inner
    decode_element, plain, zero, go_type = field_decoder(inner), _plain_type(inner), f.zero_value(inner), go_type_of(field)

    def decode(value: JSON, problems: list[Problem]) -> JSON:
        if not isinstance(value, list):
            return _wrong(value, go_type, problems)
        result = []
        for position, item in enumerate(value):
            if type(item) is plain:
                result.append(item)
                continue
            start = len(problems)
            decoded = decode_element(zero if item is None else item, problems)
            if len(problems) != start:
                climb(problems, start, position)
            if decoded is not REJECTED:
                result.append(decoded)
        return result

    return decode


def _map_decoder(field: fields.Dict) -> Decoder:
    inner: Any = field.value_field
    if inner is None:
        return _anything
    decode_element, plain, zero, go_type = field_decoder(inner), _plain_type(inner), f.zero_value(inner), go_type_of(field)

    def decode(value: JSON, problems: list[Problem]) -> JSON:
        if not isinstance(value, dict):
            return _wrong(value, go_type, problems)
        result = {}
        for key, item in value.items():
            if type(item) is plain:
                result[key] = item
                continue
            start = len(problems)
            decoded = decode_element(zero if item is None else item, problems)
            if len(problems) != start:
                climb(problems, start, Key(key))
            if decoded is not REJECTED:
                result[key] = decoded
        return result

    return decode


def _foreign_decoder(field: fields.Field[Any]) -> Decoder:
    """A field class that this house does not know: it decodes by itself."""

    def decode(value: JSON, problems: list[Problem]) -> JSON:
        try:
            return field._deserialize(value, None, None)
        except ValidationError as error:
            problems.append(Problem("; ".join(str(message) for message in error.messages)))
            return REJECTED

    return decode


# --- scalars ----------------------------------------------------------------------------------------------------------


def _wrong(value: JSON, go_type: str, problems: list[Problem], shown: str = "") -> JSON:
    problems.append(Problem(shown or json_word(value), go_type=go_type))
    return REJECTED


def _text(value: JSON, problems: list[Problem]) -> JSON:
    return value if isinstance(value, str) else _wrong(value, "string", problems)


def _boolean(value: JSON, problems: list[Problem]) -> JSON:
    return value if isinstance(value, bool) else _wrong(value, "bool", problems)


def _int32(value: JSON, problems: list[Problem]) -> JSON:
    if type(value) is int and -types.INT32 <= value < types.INT32:
        return value
    return _wrong_integer(value, "int32", problems)


def _int64(value: JSON, problems: list[Problem]) -> JSON:
    if type(value) is int and -types.INT64 <= value < types.INT64:
        return value
    return _wrong_integer(value, "int64", problems)


def _wrong_integer(value: JSON, go_type: str, problems: list[Problem]) -> JSON:
    word = json_word(value)
    return _wrong(value, go_type, problems, f"number {value}" if word == "number" else word)


def _number(value: JSON, problems: list[Problem]) -> JSON:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return _wrong(value, "float64", problems)


def _time(value: JSON, problems: list[Problem]) -> JSON:
    if not isinstance(value, str):
        problems.append(Problem(f"json: cannot unmarshal {json_word(value)} into Go value of type string"))
        return REJECTED
    if types.is_time(value):
        return value
    problems.append(Problem(f'parsing time "{value}" as "2006-01-02T15:04:05Z07:00": cannot parse "{value}" as "2006"'))
    return REJECTED


def _binary(value: JSON, problems: list[Problem]) -> JSON:
    if not isinstance(value, str):
        return _wrong(value, "[]uint8", problems)
    place = types.illegal_base64(value)
    if place is None:
        return value
    problems.append(Problem(f"illegal base64 data at input byte {place}"))
    return REJECTED


def _quantity(value: JSON, problems: list[Problem]) -> JSON:
    try:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return canonical(value)
    except ValueError:
        pass
    problems.append(Problem(_QUANTITY))
    return REJECTED


def _int_or_string(value: JSON, problems: list[Problem]) -> JSON:
    if isinstance(value, str) or (type(value) is int and -types.INT32 <= value < types.INT32):
        return value
    word = json_word(value)
    kind, shown = ("int32", f"number {value}") if word == "number" else ("string", word)
    problems.append(Problem(f"json: cannot unmarshal {shown} into Go value of type {kind}"))
    return REJECTED


def _anything(value: JSON, problems: list[Problem]) -> JSON:
    return _copy(value, DEEPEST)


def _copy(value: JSON, room: int) -> JSON:
    if not isinstance(value, dict | list):
        return value
    if not room:
        raise RecursionError
    if isinstance(value, dict):
        return {key: _copy(item, room - 1) for key, item in value.items()}
    return [_copy(item, room - 1) for item in value]


# --- what Go calls things ---------------------------------------------------------------------------------------------


def go_struct(schema: type[Schema]) -> str:
    """`DeploymentSpec`"""
    return f.definition_of(schema).rpartition(".")[2] or schema.__name__


def go_name(schema: type[Schema]) -> str:
    """`v1.DeploymentSpec`"""
    return ".".join(f.definition_of(schema).split(".")[-2:]) or schema.__name__


def go_type_of(field: fields.Field[Any]) -> str:
    """`[]v1.Container`, `map[string]string`, `int32`"""
    if isinstance(field, fields.Nested):
        return go_name(f.nested_schema(field))
    if isinstance(field, fields.List):
        return f"[]{go_type_of(field.inner)}"
    if isinstance(field, fields.Dict):
        return f"map[string]{go_type_of(field.value_field) if field.value_field is not None else 'interface {}'}"
    if isinstance(field, fields.Integer):
        return str(field.metadata.get("format") or "int32")
    named = {
        types.TimeField: "v1.MicroTime" if field.metadata.get("micro") else "v1.Time",
        types.BinaryField: "[]uint8",
        types.QuantityField: "resource.Quantity",
        types.IntOrStringField: "intstr.IntOrString",
        types.BooleanField: "bool",
        types.NumberField: "float64",
        types.TextField: "string",
    }
    return named.get(type(field), "interface {}")
