"""Bodies of requests: from bytes to JSON values, by content type, with one clear message when they cannot be read.

JSON goes through orjson, which keeps the last of repeated keys without a word; so the body's quotation marks are counted against
those of the result, and only where they differ the slow reader looks for the repetition.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from kubernel.errors import BadRequestError, UnsupportedMediaTypeError
from kubernel.registry.encoding import checked
from kubernel.registry.requests import FieldValidation
from kubernel.types.json import JSON, Object

_JSON = ("application/json", "")
_YAML = ("application/yaml", "text/yaml", "application/x-yaml")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body, and what it says twice."""

    value: JSON
    duplicates: tuple[str, ...] = ()

    def object(self) -> Object:
        """:raises BadRequestError: the body is something other than an object."""
        if not isinstance(self.value, dict):
            found = "nothing" if self.value is None else type(self.value).__name__
            raise BadRequestError(f"the body of the request must be an object, found {found}")
        return self.value

    def judge(self, validation: FieldValidation) -> tuple[str, ...]:
        """The warnings about repeated fields.

        :raises BadRequestError: there are some, and the client wants to be strict.
        """
        if not self.duplicates or validation == "Ignore":
            return ()
        if validation == "Strict":
            raise BadRequestError(f"strict decoding error: {', '.join(self.duplicates)}")
        return self.duplicates


def media_type(content_type: str) -> str:
    """`application/json` of `application/json; charset=utf-8`."""
    return content_type.partition(";")[0].strip().lower()


def decode(body: bytes, content_type: str) -> Decoded:
    """An object's body.

    :raises UnsupportedMediaTypeError: neither JSON nor YAML nor protobuf.
    :raises BadRequestError: it cannot be read.
    """
    kind = media_type(content_type)
    if kind in _JSON or kind == "*/*":
        return decode_json(body)
    if kind in _YAML:
        return decode_yaml(body)
    if kind == "application/vnd.kubernetes.protobuf":
        from kubernel.api.protobuf import read_protobuf

        return Decoded(read_protobuf(body))
    raise unsupported("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")


def unsupported(*accepted: str) -> UnsupportedMediaTypeError:
    """The answer to a body of a foreign type."""
    types = ", ".join(accepted)
    return UnsupportedMediaTypeError(f"the body of the request was in an unknown format - accepted media types include: {types}")


def decode_yaml(body: bytes) -> Decoded:
    """:raises BadRequestError: it is not YAML."""
    from kubernel.api.yaml_codec import read_yaml

    value, duplicates = read_yaml(body)
    with suppress(TypeError):  # a number that is too large: the field's type says so better
        checked(value)
    return Decoded(value, tuple(duplicates))


def decode_json(body: bytes) -> Decoded:
    """:raises BadRequestError: it is not JSON, or nested too deeply."""
    if not body:
        raise BadRequestError("the body of the request is empty")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequestError(f"the body of the request is not valid JSON: {error}") from error
    if body.count(b'"') == checked(value).count(b'"'):
        return Decoded(value)
    return Decoded(value, _duplicates(body))


def _duplicates(body: bytes) -> tuple[str, ...]:
    """The paths of fields that stand twice in one object; empty where the marks differed for another reason."""
    marker: list[tuple[str, dict[str, Any]]] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(found)
        if len(result) != len(found):
            seen: set[str] = set()
            marker.extend((key, result) for key, _ in found if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return result

    try:
        root = json.loads(body, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"the body of the request is not valid JSON: {error}") from error
    if not marker:
        return ()
    paths = _paths(root)
    return tuple(f'duplicate field "{paths.get(id(owner), "")}{key}"' for key, owner in marker)


def _paths(root: JSON) -> dict[int, str]:
    """The path of every object in a document, by identity, each ready to have a field's name appended."""
    paths: dict[int, str] = {}
    waiting: list[tuple[str, JSON]] = [("", root)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            prefix = f"{path}." if path else ""
            paths[id(value)] = prefix
            waiting += [(f"{prefix}{key}", child) for key, child in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{path}[{index}]", child) for index, child in enumerate(value)]
    return paths
