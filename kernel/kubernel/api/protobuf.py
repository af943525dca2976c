"""Reading protobuf: newer kubectl sends the objects that it builds itself (`kubectl create ...`) in no other form.

Only reading, only the built-in kinds: answers stay JSON, which such clients accept as well. What is read goes the same way as a
JSON body afterwards, so all that is needed is which number is which field. `protobuf_fields.json` says that: for each message its
fields' numbers, names and types, taken from the published descriptors. In a type `[]` is a list, `{}` a map, `?` a field that
means something even when it is zero (without it zero is absent); an empty name is a part that stands in line in JSON.
"""

import base64
import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from kubernel.errors import BadRequestError
from kubernel.types.json import JSON, Object
from kubernel.types.references import split_api_version
from kubernel.types.times import format_micro_time, format_time

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
_DEEPEST = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Raw: TypeAlias = int | bytes
Fields: TypeAlias = Mapping[int, tuple[str, str]]


@lru_cache(maxsize=1)
def messages() -> Mapping[str, Fields]:
    """Each message's fields by number; read when the first body of this form arrives."""
    data = orjson.loads(Path(__file__).with_name("protobuf_fields.json").read_bytes())
    return {name: {int(number): (field, kind) for number, (field, kind) in fields.items()} for name, fields in data.items()}


def read_protobuf(body: bytes) -> Object:
    """The object in Kubernetes' envelope.

    :raises BadRequestError: it is no such envelope, of a kind that is not built in, or damaged.
    """
    if not body.startswith(_MAGIC):
        raise BadRequestError("the body of the request is not a protobuf object: its first bytes are not k8s\\0")
    try:
        envelope = dict(_fields(body[len(_MAGIC) :]))
        meta = {number: _bytes(value).decode() for number, value in _fields(_bytes(envelope.get(1, b"")))}
        api_version, kind = meta.get(1, ""), meta.get(2, "")
        name = message_name(api_version, kind)
        if name not in messages():
            raise BadRequestError(f"no kind {kind!r} of {api_version!r} can be read from protobuf; send it as JSON")
        obj = _message(_bytes(envelope.get(2, b"")), name, 0)
    except (ValueError, struct.error, IndexError, OverflowError) as error:
        raise BadRequestError(f"the body of the request is not valid protobuf: {error}") from error
    return {"kind": kind, "apiVersion": api_version, **obj}


def message_name(api_version: str, kind: str) -> str:
    """`apps.v1.Deployment` of `apps/v1` and `Deployment`."""
    if kind == "DeleteOptions":
        return "meta.v1.DeleteOptions"
    group, version = split_api_version(api_version)
    return f"{group.partition('.')[0] or 'core'}.{version}.{kind}"


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")


def _fields(data: bytes) -> Iterator[tuple[int, Raw]]:
    """Numbers and raw values: texts, messages and fixed-size numbers as bytes, others as numbers."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == 2:
            size, at = _varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire} is not known")
        if at + size > len(data):
            raise ValueError("a value ends too early")
        yield number, data[at : at + size]
        at += size


def _bytes(value: Raw) -> bytes:
    if isinstance(value, bytes):
        return value
    raise ValueError("a number stands where a message is expected")


def _number(value: Raw) -> int:
    if not isinstance(value, int):
        raise ValueError("a message stands where a number is expected")
    return value - (1 << 64) if value >= 1 << 63 else value


def _message(data: bytes, name: str, depth: int) -> Object:
    if depth > _DEEPEST:
        raise ValueError("messages are nested too deeply")
    known = messages()[name]
    obj: Object = {}
    for number, raw in _fields(data):
        field, kind = known.get(number, ("", ""))
        if not kind:
            continue  # a field of a later version
        if kind.startswith("[]"):
            obj.setdefault(field, []).extend(_elements(raw, kind[2:], depth))
        elif kind.startswith("{}"):
            key, value = _entry(_bytes(raw), kind[2:], depth)
            obj.setdefault(field, {})[key] = value
        elif not field:
            obj |= _message(_bytes(raw), kind, depth + 1)
        else:
            value = _value(raw, kind.rstrip("?"), depth)
            if value or kind.endswith("?"):
                obj[field] = value
    return obj


def _elements(raw: Raw, kind: str, depth: int) -> list[JSON]:
    if kind == "int" and isinstance(raw, bytes):  # packed
        found, at = [], 0
        while at < len(raw):
            value, at = _varint(raw, at)
            found.append(_number(value))
        return found
    return [_value(raw, kind, depth)]


def _entry(data: bytes, kind: str, depth: int) -> tuple[str, JSON]:
    parts = dict(_fields(data))
    key = _bytes(parts.get(1, b"")).decode()
    empty: Raw = 0 if kind in ("int", "bool") else b""
    return key, _value(parts.get(2, empty), kind, depth)


def _value(raw: Raw, kind: str, depth: int) -> JSON:
    match kind:
        case "string":
            return _bytes(raw).decode()
        case "int":
            return _number(raw)
        case "bool":
            return bool(_number(raw))
        case "bytes":
            return base64.b64encode(_bytes(raw)).decode()
        case "double":
            return struct.unpack("<d", _bytes(raw))[0]
    special = _SPECIAL.get(kind)
    return special(_bytes(raw)) if special is not None else _message(_bytes(raw), kind, depth + 1)


def _time(data: bytes, *, micro: bool = False) -> str | None:
    parts = {number: _number(value) for number, value in _fields(data)}
    if not parts:
        return None
    moment = _EPOCH + timedelta(seconds=parts.get(1, 0), microseconds=parts.get(2, 0) // 1000)
    return format_micro_time(moment) if micro else format_time(moment)


def _quantity(data: bytes) -> str:
    return _bytes(dict(_fields(data)).get(1, b"")).decode() or "0"


def _int_or_string(data: bytes) -> int | str:
    parts = dict(_fields(data))
    return _bytes(parts.get(3, b"")).decode() if parts.get(1) else _number(parts.get(2, 0))


def _duration(data: bytes) -> str:
    seconds = _number(dict(_fields(data)).get(1, 0)) / 1e9
    return f"{seconds:g}s"


def _json(data: bytes) -> JSON:
    raw = _bytes(dict(_fields(data)).get(1, b""))
    return orjson.loads(raw) if raw else None


def _items(data: bytes) -> list[str]:
    return [_bytes(value).decode() for number, value in _fields(data) if number == 1]


_SPECIAL: Mapping[str, Any] = {
    "time": _time,
    "microtime": lambda data: _time(data, micro=True),
    "quantity": _quantity,
    "intorstring": _int_or_string,
    "duration": _duration,
    "json": _json,
    "items": _items,
}
