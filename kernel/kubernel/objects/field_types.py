"""What marshmallow's fields mean here: JSON's types taken strictly, and the types that only Kubernetes has.

marshmallow is generous (it reads "1" as a number), the API is not. Values stay JSON: a time stays text, a quantity becomes its
canonical text. `kubernel.objects.fields` has the constructors that schemas are written with.
"""

import base64
import copy
import re
from collections.abc import Callable
from typing import Any, cast

from marshmallow import ValidationError, fields, validate

from kubernel.types import names
from kubernel.types.quantity import canonical, is_quantity
from kubernel.types.times import parse_time

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
INT32, INT64 = 1 << 31, 1 << 63


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
        if not is_time(text):
            raise self.make_error("invalid")
        return text


class BinaryField(TextField):
    """Bytes as base64 text; kept as text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if illegal_base64(text) is not None:
            raise self.make_error("invalid")
        return text


class QuantityField(fields.Field[Any]):
    """A resource quantity: text or a bare number, kept as its canonical text."""

    default_error_messages = {"invalid": "Not a valid quantity."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not is_quantity(value):
            raise self.make_error("invalid")
        return canonical(value)


class IntOrStringField(fields.Field[Any]):
    """A whole number or a text: a port or its name, a count or a percentage."""

    default_error_messages = {"invalid": "Not a valid integer or string."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self.make_error("invalid")
        if isinstance(value, int) and not -INT32 <= value < INT32:
            raise self.make_error("invalid")
        return value


class AnythingField(fields.Raw):
    """Any JSON."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_none=True, **kwargs)


class ObjectField(fields.Nested):
    """Another schema."""


class NameRule(validate.Validator):
    """A rule of `kubernel.types.names`, by its name; an empty text passes."""

    def __init__(self, name: str) -> None:
        self.rule: Callable[[str], list[str]] = getattr(names, name)

    def __call__(self, value: str) -> str:
        wrong = self.rule(value) if value else []
        if wrong:
            raise ValidationError(wrong)
        return value


class ListField(fields.List[Any]):
    """A list; its metadata says how it merges. A null in it is the zero value of its elements."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        elements = [zero_value(self.inner) if element is None else element for element in value]
        return cast(Any, super())._deserialize(elements, attr, data, **kwargs)


class MapField(fields.Dict):
    """A map with strings as keys. A null in it is the zero value of its elements."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        zero = zero_value(self.value_field) if self.value_field is not None else None
        elements = {key: zero if element is None else element for key, element in value.items()}
        return cast(Any, super())._deserialize(elements, attr, data, **kwargs)


def zero_value(field: Any) -> Any:
    """What an empty value of the field's type is; None where a type has none that may be written down."""
    if isinstance(field, TimeField | BinaryField | fields.Raw):
        return None
    zeros: tuple[tuple[type, Any], ...] = (
        (fields.String, ""),
        (fields.Boolean, False),
        (fields.Integer, 0),
        (fields.Float, 0),
        (QuantityField, "0"),
        (IntOrStringField, 0),
        (fields.List, []),
    )
    for kind, zero in zeros:
        if isinstance(field, kind):
            return copy.copy(zero)
    return {}


def is_time(text: str) -> bool:
    """Whether a text is a moment in the form that RFC 3339 asks for."""
    if not _TIME.fullmatch(text):
        return False
    try:
        parse_time(text)
    except ValueError:
        return False
    return True


def illegal_base64(text: str) -> int | None:
    """Where base64 text goes wrong, as Kubernetes counts it; None where it is right."""
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        legal = re.match(r"[A-Za-z0-9+/]*", text)
        return legal.end() if legal else 0
    return None
