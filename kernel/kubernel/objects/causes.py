"""What can be wrong with a field, said as Kubernetes says it: one constructor for each type of cause.

Clients compare these messages, so their form is fixed: the type's text, the offending value as JSON, then the detail.
Paths are texts like `spec.containers[0].name`; `at` and `index` build them.
"""

from collections.abc import Sequence

import orjson

from kubernel.errors import Cause
from kubernel.types.json import JSON


def at(path: str, *names: str) -> str:
    """The path of a field below `path` (which may be empty)."""
    return ".".join((path, *names)) if path else ".".join(names)


def index(path: str, position: int) -> str:
    """The path of an element of a list."""
    return f"{path}[{position}]"


def under_key(path: str, name: str) -> str:
    """The path of an entry of a map."""
    return f"{path}[{name}]"


def shown(value: JSON) -> str:
    """A value as messages show it: texts quoted, everything else as JSON."""
    return orjson.dumps(value).decode()


def _message(text: str, detail: str) -> str:
    return f"{text}: {detail}" if detail else text


def required(path: str, detail: str = "") -> Cause:
    """A value must be given."""
    return Cause("FieldValueRequired", _message("Required value", detail), path)


def invalid(path: str, value: JSON, detail: str) -> Cause:
    """A value breaks a rule."""
    return Cause("FieldValueInvalid", _message(f"Invalid value: {shown(value)}", detail), path)


def not_supported(path: str, value: JSON, supported: Sequence[str]) -> Cause:
    """A value is none of the known ones."""
    known = ", ".join(shown(one) for one in supported)
    return Cause(
        "FieldValueNotSupported",
        _message(f"Unsupported value: {shown(value)}", f"supported values: {known}" if supported else ""),
        path,
    )


def duplicate(path: str, value: JSON) -> Cause:
    """A value that must be unique is there twice."""
    return Cause("FieldValueDuplicate", f"Duplicate value: {shown(value)}", path)


def not_found(path: str, value: JSON) -> Cause:
    """A value names something that is not there."""
    return Cause("FieldValueNotFound", f"Not found: {shown(value)}", path)


def forbidden(path: str, detail: str) -> Cause:
    """A value may not be given here, or not be changed."""
    return Cause("FieldValueForbidden", _message("Forbidden", detail), path)


def too_long(path: str, limit: int) -> Cause:
    """A text is longer than allowed."""
    return Cause("FieldValueTooLong", f"Too long: may not be more than {limit} bytes", path)


def too_many(path: str, count: int, limit: int) -> Cause:
    """A list has more elements than allowed."""
    return Cause("FieldValueTooMany", f"Too many: {count}: must have at most {limit} items", path)


IMMUTABLE = "field is immutable"
"""The detail of every field that cannot change."""


def immutable(path: str, new: JSON, old: JSON) -> list[Cause]:
    """A cause when a field that cannot change has changed."""
    return [] if new == old else [invalid(path, new, IMMUTABLE)]


def names(path: str, value: str, wrong: Sequence[str]) -> list[Cause]:
    """One cause for each thing that a rule of `kubernel.types.names` says is wrong with a value."""
    return [invalid(path, value, text) for text in wrong]
