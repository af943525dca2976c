"""Validation of a decoded object by its schema: required fields, known values, bounds, names, "at most one of these".

The rules are marshmallow's validators, read once and turned into closures that say what is wrong in Kubernetes' words. What
depends on other fields is the matter of a kind's strategy; what all metadata must obey is in `metadata_rules`.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

from marshmallow import Schema, ValidationError, fields, validate

from kubernel.errors import Cause
from kubernel.objects import causes
from kubernel.objects import fields as f
from kubernel.objects.field_types import NameRule
from kubernel.objects.problems import Key, Problem, climb
from kubernel.types.json import JSON, Object

Rule: TypeAlias = Callable[[JSON, list[Problem]], None]


@lru_cache(maxsize=4096)
def object_rule(schema: type[Schema]) -> Rule | None:
    """What checks a schema's objects and all within; None where there is nothing to check."""
    if not f.reaches(schema, _has_rules):
        return None
    needed: list[tuple[str, bool]] = []
    rules: dict[str, Rule] = {}
    unions: dict[str, list[str]] = {}
    for attribute, field in schema._declared_fields.items():
        name = field.data_key or attribute
        if field.required:
            needed.append((name, isinstance(field, fields.String | fields.List | fields.Dict)))
        if field.metadata.get("union"):
            unions.setdefault(field.metadata["union"], []).append(name)
        if _may_have_rules(field):
            rules[name] = _later(rules, name, field)
    alternatives = [(union, frozenset(names)) for union, names in unions.items()]
    find = rules.get

    def check(obj: Object, problems: list[Problem]) -> None:
        for name, empty_is_missing in needed:
            if name not in obj or (empty_is_missing and not obj[name]):
                _add(problems, causes.required(""), name)
        for name, item in obj.items():
            rule = find(name)
            if rule is not None:
                start = len(problems)
                rule(item, problems)
                if len(problems) != start:
                    climb(problems, start, name)
        for union, names in alternatives:
            for name in [name for name in obj if name in names][1:]:
                _add(problems, causes.forbidden("", f"may not specify more than 1 {union}"), name)

    return check


def _add(problems: list[Problem], cause: Cause, *steps: str) -> None:
    problems.append(Problem(cause.message, cause.reason, steps=list(steps)))


def _may_have_rules(field: Any) -> bool:
    while isinstance(field, fields.List | fields.Dict):
        if field.validators:
            return True
        field = field.inner if isinstance(field, fields.List) else field.value_field
    return field is not None and (isinstance(field, fields.Nested) or bool(field.validators))


def _has_rules(schema: type[Schema]) -> bool:
    declared = schema._declared_fields.values()
    return any(
        field.required or field.metadata.get("union") or (_may_have_rules(field) and not isinstance(field, fields.Nested))
        for field in declared
    )


def _later(rules: dict[str, Rule], name: str, field: fields.Field[Any]) -> Rule:
    """A stand-in that is replaced when the first value comes."""

    def first(value: JSON, problems: list[Problem]) -> None:
        rule = field_rule(field)
        rules[name] = rule or _nothing
        if rule is not None:
            rule(value, problems)

    return first


def field_rule(field: Any) -> Rule | None:
    """What checks one field's values, or None."""
    found = [rule for rule in (_validator_rule(field, validator) for validator in field.validators) if rule]
    parts = _parts_rule(field)
    if parts is not None:
        found.append(parts)
    if len(found) < 2:
        return found[0] if found else None

    def check_all(value: JSON, problems: list[Problem]) -> None:
        for rule in found:
            rule(value, problems)

    return check_all


def _parts_rule(field: Any) -> Rule | None:
    if isinstance(field, fields.Nested):
        return object_rule(f.nested_schema(field))
    if not isinstance(field, fields.List | fields.Dict):
        return None
    inner = field.inner if isinstance(field, fields.List) else field.value_field
    element = field_rule(inner) if inner is not None else None
    if element is None:
        return None

    def check_each(values: JSON, problems: list[Problem]) -> None:
        pairs = enumerate(values) if isinstance(values, list) else values.items()
        for step, value in pairs:
            start = len(problems)
            element(value, problems)
            if len(problems) != start:
                climb(problems, start, step if isinstance(step, int) else Key(step))

    return check_each


# --- marshmallow's validators -----------------------------------------------------------------------------------------


def _validator_rule(field: fields.Field[Any], validator: Any) -> Rule | None:
    if isinstance(validator, validate.OneOf):
        return _known_values(tuple(choice for choice in validator.choices if choice != ""))
    if isinstance(validator, validate.Range):
        return _bounds(validator.min, validator.max)
    if isinstance(validator, NameRule):
        return _named(validator)
    if isinstance(validator, validate.Length) and validator.min == 1 and validator.max is None:
        return None if field.required else _not_empty
    return _foreign(validator)


def _known_values(choices: tuple[str, ...]) -> Rule:
    known = frozenset((*choices, ""))

    def check(value: JSON, problems: list[Problem]) -> None:
        if value not in known:
            _add(problems, causes.not_supported("", value, choices))

    return check


def _bounds(low: float | None, high: float | None) -> Rule:
    if low is not None and high is not None:
        detail = f"must be between {low} and {high}, inclusive"
    else:
        detail = f"must be greater than or equal to {low}" if high is None else f"must be less than or equal to {high}"

    def check(value: JSON, problems: list[Problem]) -> None:
        if (low is not None and value < low) or (high is not None and value > high):
            _add(problems, causes.invalid("", value, detail))

    return check


def _named(rule: NameRule) -> Rule:
    def check(value: JSON, problems: list[Problem]) -> None:
        for text in rule.rule(value) if value else ():
            _add(problems, causes.invalid("", value, text))

    return check


def _not_empty(value: JSON, problems: list[Problem]) -> None:
    if not value:
        _add(problems, causes.required(""))


def _foreign(validator: Callable[[Any], Any]) -> Rule:
    def check(value: JSON, problems: list[Problem]) -> None:
        try:
            validator(value)
        except ValidationError as error:
            for message in error.messages:
                _add(problems, causes.invalid("", value, str(message)))

    return check


def _nothing(value: JSON, problems: list[Problem]) -> None:
    """There are no rules in here."""
