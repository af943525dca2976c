"""What breaks a schema's rules becomes a cause, with Kubernetes' reason, message and path."""

from typing import Any

import pytest
from marshmallow import ValidationError, fields

from gadgets import Gadget, gadget
from kubernel.objects import fields as f
from kubernel.objects.compiled import compiled
from kubernel.types.json import JSON


def causes(**spec: JSON) -> list[tuple[str, str, str]]:
    found = compiled(Gadget).validate(gadget(**spec))
    return [(cause.field, cause.reason, cause.message) for cause in found]


def test_a_valid_object_has_no_causes() -> None:
    assert causes() == []


@pytest.mark.parametrize(
    ("spec", "field", "reason", "message"),
    [
        ({"parts": []}, "spec.parts", "FieldValueRequired", "Required value"),
        ({"parts": [{"note": ""}]}, "spec.parts[0].name", "FieldValueRequired", "Required value"),
        ({"parts": [{"name": ""}]}, "spec.parts[0].name", "FieldValueRequired", "Required value"),
        ({"named": {"k": {}}}, "spec.named[k].port", "FieldValueRequired", "Required value"),
        (
            {"named": {"k": {"port": 0}}},
            "spec.named[k].port",
            "FieldValueInvalid",
            "Invalid value: 0: must be between 1 and 65535, inclusive",
        ),
        ({"replicas": -1}, "spec.replicas", "FieldValueInvalid", "Invalid value: -1: must be greater than or equal to 0"),
        (
            {"named": {"k": {"port": 1, "protocol": "ICMP"}}},
            "spec.named[k].protocol",
            "FieldValueNotSupported",
            'Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
        ),
        (
            {"strategy": {"http": {"port": 1}, "tcp": {"port": 1}}},
            "spec.strategy.tcp",
            "FieldValueForbidden",
            "Forbidden: may not specify more than 1 handler type",
        ),
        (
            {"named": {"k": {"port": 1, "name": "-a-"}}},
            "spec.named[k].name",
            "FieldValueInvalid",
            'Invalid value: "-a-": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        ),
    ],
)
def test_each_rule_has_its_cause(spec: dict[str, Any], field: str, reason: str, message: str) -> None:
    found = causes(**spec)
    assert found[0] == (field, reason, message)


def test_several_things_wrong_are_all_told() -> None:
    assert [field for field, _, _ in causes(replicas=-1, parts=[{"name": "a"}, {}])] == ["spec.replicas", "spec.parts[1].name"]


def test_an_absent_required_object_is_told_once() -> None:
    found = compiled(Gadget).validate({"metadata": {"name": "a"}})
    assert [(cause.field, cause.reason) for cause in found] == [("spec", "FieldValueRequired")]


def test_an_empty_text_is_no_unsupported_value() -> None:
    assert causes(named={"k": {"port": 1, "protocol": ""}}) == []


def _even(value: int) -> None:
    if value % 2:
        raise ValidationError("must be even")


class Even(f.ApiSchema):
    """A schema with a rule of its own."""

    count = fields.Integer(strict=True, validate=_even)


def test_validators_of_strangers_are_asked_too() -> None:
    found = compiled(Even).validate({"count": 3}, metadata=False)
    assert [(cause.field, cause.message) for cause in found] == [("count", "Invalid value: 3: must be even")]
    assert compiled(Even).validate({"count": 2}, metadata=False) == []
    assert compiled(Even).decode({"count": "x"}).type_errors == ("Not a valid integer.",)
