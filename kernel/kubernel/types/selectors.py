"""Label and field selectors: parsed once, asked often.

The text grammar is that of Kubernetes' API concepts: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`,
`a<1`, joined by commas; a field selector knows `=`, `==` and `!=` only.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from kubernel.types.json import JSON
from kubernel.types.names import label_value, qualified_name

_REQUIREMENT = re.compile(
    r"^\s*(?:"
    r"(?P<absent>!\s*(?P<absent_key>[^\s!=<>(),]+))"
    r"|(?P<set_key>[^\s!=<>(),]+)\s+(?P<set_op>in|notin)\s*\((?P<values>[^()]*)\)"
    r"|(?P<key>[^\s!=<>(),]+)\s*(?:(?P<op>==|!=|=|<|>)\s*(?P<value>[^\s!=<>(),]*))?"
    r")\s*$"
)
_COMMA = re.compile(r",(?![^(]*\))")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One term: `operator` is In, NotIn, Exists, DoesNotExist, Gt or Lt, as in `matchExpressions`."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        value = labels.get(self.key)
        match self.operator:
            case "In":
                return value is not None and value in self.values
            case "NotIn":
                return value is None or value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None
            case _:
                bound = int(next(iter(self.values)))
                try:
                    number = int(value) if value is not None else None
                except ValueError:
                    return False
                return number is not None and (number > bound if self.operator == "Gt" else number < bound)

    def __str__(self) -> str:
        values = ",".join(sorted(self.values))
        match self.operator:
            case "In" if len(self.values) == 1:
                return f"{self.key}={values}"
            case "NotIn" if len(self.values) == 1:
                return f"{self.key}!={values}"
            case "In" | "NotIn":
                return f"{self.key} {self.operator.lower()} ({values})"
            case "Exists":
                return self.key
            case "DoesNotExist":
                return f"!{self.key}"
            case _:
                return f"{self.key}{'>' if self.operator == 'Gt' else '<'}{values}"


@dataclass(frozen=True, slots=True)
class Selector:
    """A conjunction of requirements; without any it selects everything (`bool(selector)` is then false)."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels (or an object's selectable fields) satisfy every requirement."""
        return all(requirement.matches(labels) for requirement in self.requirements)

    def exact(self) -> dict[str, str]:
        """The keys that must have one given value: what an index can answer."""
        return {r.key: next(iter(r.values)) for r in self.requirements if r.operator == "In" and len(r.values) == 1}

    def __bool__(self) -> bool:
        return bool(self.requirements)

    def __str__(self) -> str:
        return ",".join(str(requirement) for requirement in self.requirements)


EVERYTHING = Selector()


@lru_cache(maxsize=1024)
def parse_label_selector(text: str) -> Selector:
    """A selector from its text form.

    :raises ValueError: the text breaks the grammar, or a key or value is not a label's.
    """
    return Selector(tuple(_parse(term, text, labels=True) for term in _COMMA.split(text))) if text.strip() else EVERYTHING


@lru_cache(maxsize=1024)
def parse_field_selector(text: str) -> Selector:
    """A field selector from its text form; which fields exist is the kind's matter.

    :raises ValueError: the text breaks the grammar.
    """
    return Selector(tuple(_parse_field(term, text) for term in text.split(","))) if text.strip() else EVERYTHING


def label_selector(selector: Mapping[str, JSON] | None) -> Selector:
    """A selector from an object's `matchLabels` and `matchExpressions`; an empty one selects everything.

    `None` selects everything too: where Kubernetes means nothing by an absent selector, the caller says so.
    """
    if not selector:
        return EVERYTHING
    terms = [Requirement(k, "In", frozenset((v,))) for k, v in (selector.get("matchLabels") or {}).items()]
    terms += [
        Requirement(term.get("key", ""), term.get("operator", ""), frozenset(term.get("values") or ()))
        for term in selector.get("matchExpressions") or ()
    ]
    return Selector(tuple(terms))


def map_selector(labels: Mapping[str, str] | None) -> Selector:
    """A selector from a plain map of labels (`spec.selector` of a Service, `nodeSelector`)."""
    return Selector(tuple(Requirement(k, "In", frozenset((v,))) for k, v in (labels or {}).items()))


def _check(what: str, value: str, rule: Callable[[str], list[str]], text: str) -> None:
    wrong = rule(value)
    if wrong:
        raise ValueError(f"unable to parse requirement: {what}: Invalid value: {value!r}: {'; '.join(wrong)} (in {text!r})")


def _parse(term: str, text: str, *, labels: bool) -> Requirement:
    match = _REQUIREMENT.match(term)
    if match is None:
        raise ValueError(f"unable to parse requirement: {term.strip()!r} in selector {text!r}")
    if match["absent"]:
        requirement = Requirement(match["absent_key"], "DoesNotExist")
    elif match["set_op"]:
        values = frozenset(value.strip() for value in match["values"].split(","))
        requirement = Requirement(match["set_key"], "In" if match["set_op"] == "in" else "NotIn", values)
    elif match["op"] is None:
        requirement = Requirement(match["key"], "Exists")
    else:
        operator = {"=": "In", "==": "In", "!=": "NotIn", ">": "Gt", "<": "Lt"}[match["op"]]
        if operator in ("Gt", "Lt") and not re.fullmatch(r"-?[0-9]{1,19}", match["value"]):
            raise ValueError(f"unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer in {text!r}")
        requirement = Requirement(match["key"], operator, frozenset((match["value"],)))
    if labels:
        _check("key", requirement.key, qualified_name, text)
        for value in requirement.values:
            _check("values", value, label_value, text)
    return requirement


def _parse_field(term: str, text: str) -> Requirement:
    for sign, operator in (("!=", "NotIn"), ("==", "In"), ("=", "In")):
        key, found, value = term.partition(sign)
        if found and key.strip():
            return Requirement(key.strip(), operator, frozenset((value.strip(),)))
    raise ValueError(f"invalid field selector {text!r}: can't understand {term!r}")
