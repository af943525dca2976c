"""JSON patch (RFC 6902): a list of operations, applied one after the other, all or none."""

from typing import Any

import jsonpatch
import jsonpointer

from kubernel.errors import BadRequestError, InvalidError, RequestEntityTooLargeError
from kubernel.types.json import JSON

MEDIA_TYPE = "application/json-patch+json"
MAX_OPERATIONS = 10_000
OPERATIONS = frozenset({"add", "remove", "replace", "move", "copy", "test"})


def apply(document: JSON, patch: JSON) -> JSON:
    """The patched document; `document` may be changed on the way.

    :raises BadRequestError: this is no JSON patch.
    :raises InvalidError: a test failed, or a path leads nowhere.
    :raises RequestEntityTooLargeError: there are too many operations.
    """
    if not isinstance(patch, list):
        raise BadRequestError("error decoding patch: a JSON patch is an array of operations")
    if len(patch) > MAX_OPERATIONS:
        raise RequestEntityTooLargeError(f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(patch)}")
    for operation in patch:
        _check(operation)
    try:
        patched: Any = jsonpatch.apply_patch(document, patch, in_place=True)
    except jsonpatch.InvalidJsonPatch as error:
        raise BadRequestError(f"error decoding patch: {error}") from error
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError, KeyError, IndexError) as error:
        raise InvalidError("the server rejected our request due to an error in our request") from error
    return patched


def _check(operation: JSON) -> None:
    if not isinstance(operation, dict) or operation.get("op") not in OPERATIONS:
        raise BadRequestError(f"error decoding patch: an operation with one of {', '.join(sorted(OPERATIONS))} is expected")
    wanted = ["path"] + (["from"] if operation["op"] in ("move", "copy") else [])
    for name in wanted:
        if not isinstance(operation.get(name), str) or (operation[name] and not operation[name].startswith("/")):
            raise BadRequestError(f"error decoding patch: {name!r} of a {operation['op']} operation must be a JSON pointer")
    if operation["op"] in ("add", "replace", "test") and "value" not in operation:
        raise BadRequestError(f"error decoding patch: a {operation['op']} operation needs a value")
