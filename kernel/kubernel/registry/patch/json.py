"""JSON patch (RFC 6902): a list of operations, applied one after the other, all or none."""

from collections.abc import Iterator
from typing import Any

import jsonpatch
import jsonpointer
import orjson

from kubernel.errors import BadRequestError, InvalidError, RequestEntityTooLargeError
from kubernel.types.json import JSON

MEDIA_TYPE = "application/json-patch+json"
MAX_OPERATIONS = 10_000
MAX_COPIED_BYTES = 3 * 1024 * 1024
OPERATIONS = frozenset({"add", "remove", "replace", "move", "copy", "test"})


def apply(document: JSON, patch: JSON) -> JSON:
    """The patched document; `document` may be changed on the way.

    :raises BadRequestError: this is no JSON patch.
    :raises InvalidError: a test failed, or a path leads nowhere.
    :raises RequestEntityTooLargeError: there are too many operations, or their copies are too large together.
    """
    if not isinstance(patch, list):
        raise BadRequestError("error decoding patch: a JSON patch is an array of operations")
    if len(patch) > MAX_OPERATIONS:
        raise RequestEntityTooLargeError(f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(patch)}")
    for operation in patch:
        _check(operation)
    try:
        patched: Any = document
        copied = 0
        for operations in _runs(patch):
            if operations[0]["op"] == "copy":
                copied += _size(patched, operations[0]["from"])
                _check_copied(copied)
            patched = jsonpatch.apply_patch(patched, operations, in_place=True)
    except jsonpatch.InvalidJsonPatch as error:
        raise BadRequestError(f"error decoding patch: {error}") from error
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError, KeyError, IndexError, ValueError) as error:
        raise InvalidError("the server rejected our request due to an error in our request") from error
    return patched


def _runs(patch: list[Any]) -> Iterator[list[Any]]:
    """The operations in runs, of which each copy begins one: copies of copies grow without bound unless they are measured."""
    run: list[Any] = []
    for operation in patch:
        if operation["op"] == "copy" and run:
            yield run
            run = []
        run.append(operation)
    if run:
        yield run


def _size(document: JSON, pointer: str) -> int:
    return len(orjson.dumps(jsonpointer.resolve_pointer(document, pointer)))


def _check_copied(size: int) -> None:
    if size > MAX_COPIED_BYTES:
        raise RequestEntityTooLargeError(
            f"Unable to complete the copy, the accumulated size increase of copy is {size}, "
            f"exceeding the limit {MAX_COPIED_BYTES}"
        )


def _check(operation: JSON) -> None:
    if not isinstance(operation, dict) or operation.get("op") not in OPERATIONS:
        raise BadRequestError(f"error decoding patch: an operation with one of {', '.join(sorted(OPERATIONS))} is expected")
    wanted = ["path"] + (["from"] if operation["op"] in ("move", "copy") else [])
    for name in wanted:
        if not isinstance(operation.get(name), str) or (operation[name] and not operation[name].startswith("/")):
            raise BadRequestError(f"error decoding patch: {name!r} of a {operation['op']} operation must be a JSON pointer")
    if operation["op"] in ("add", "replace", "test") and "value" not in operation:
        raise BadRequestError(f"error decoding patch: a {operation['op']} operation needs a value")
