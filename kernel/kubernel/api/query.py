"""What a query string asks for, checked: list and watch options, write options, delete options.

Errors are those of Kubernetes: a number that is none is a bad request, a word that is not among the allowed ones makes the
options object invalid.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast
from urllib.parse import parse_qs

from kubernel.errors import BadRequestError, Cause, InvalidError
from kubernel.ports.auth import User
from kubernel.registry.requests import DeleteOptions, ListOptions, WriteOptions
from kubernel.types.json import JSON, Object
from kubernel.types.selectors import Selector, parse_field_selector, parse_label_selector

_GROUP = "meta.k8s.io"
_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_FALSE = ("0", "f", "F", "false", "FALSE", "False", "")
_VALIDATIONS = ("Ignore", "Warn", "Strict")
_PROPAGATIONS = ("Foreground", "Background", "Orphan")
_INT64 = 1 << 63
Parsed = TypeVar("Parsed")


def invalid(kind: str, causes: Sequence[Cause]) -> InvalidError:
    """The answer to options that break their rules."""
    return InvalidError.of(kind, "", causes, group=_GROUP)


def not_supported(field: str, value: str, allowed: Sequence[str]) -> Cause:
    """A word that is not among the allowed ones."""
    words = ", ".join(f'"{word}"' for word in allowed)
    return Cause("FieldValueNotSupported", f'Unsupported value: "{value}": supported values: {words}', field)


def forbidden(field: str, why: str) -> Cause:
    """A field that may not be set in this case."""
    return Cause("FieldValueForbidden", f"Forbidden: {why}", field)


class Query:
    """The parameters of a request; the first value counts where one is repeated."""

    __slots__ = ("_values",)

    def __init__(self, text: str) -> None:
        self._values: dict[str, list[str]] = parse_qs(text, keep_blank_values=True) if text else {}

    def __bool__(self) -> bool:
        return bool(self._values)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def all(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def text(self, name: str) -> str:
        found = self._values.get(name)
        return found[0] if found else ""

    def number(self, name: str) -> int | None:
        """:raises BadRequestError: not a whole number."""
        text = self.text(name)
        if not text:
            return None
        try:
            value = int(text) if text.lstrip("+-").isdecimal() and text.isascii() else None
        except ValueError:
            value = None
        if value is None:
            raise BadRequestError(f'strconv.ParseInt: parsing "{text}": invalid syntax')
        if not -_INT64 <= value < _INT64:
            raise BadRequestError(f'strconv.ParseInt: parsing "{text}": value out of range')
        return value

    def flag(self, name: str) -> bool:
        """:raises BadRequestError: neither true nor false."""
        if name not in self._values:
            return False
        text = self.text(name)
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise BadRequestError(f'strconv.ParseBool: parsing "{text}": invalid syntax')

    def selector(self, name: str, parse: Callable[[str], Parsed]) -> Parsed:
        """:raises BadRequestError: the selector breaks its grammar."""
        try:
            return parse(self.text(name))
        except ValueError as error:
            raise BadRequestError(str(error)) from error


def selectors(query: Query) -> tuple[Selector, Selector]:
    """The label and the field selector."""
    return query.selector("labelSelector", parse_label_selector), query.selector("fieldSelector", parse_field_selector)


def list_options(query: Query) -> ListOptions:
    """What a list asks for.

    :raises BadRequestError: a parameter cannot be read.
    :raises InvalidError: parameters contradict each other.
    """
    if not query:
        return ListOptions()
    labels, fields = selectors(query)
    limit, match, version = query.number("limit") or 0, query.text("resourceVersionMatch"), query.text("resourceVersion")
    token = query.text("continue")
    causes: list[Cause] = []
    if limit < 0:
        causes.append(Cause("FieldValueInvalid", f"Invalid value: {limit}: must be greater than or equal to 0", "limit"))
    if query.flag("sendInitialEvents"):
        causes.append(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    if match:
        if match not in ("Exact", "NotOlderThan"):
            causes.append(not_supported("resourceVersionMatch", match, ("Exact", "NotOlderThan", "")))
        if not version:
            why = "resourceVersionMatch is forbidden unless resourceVersion is provided"
            causes.append(forbidden("resourceVersionMatch", why))
        if token:
            causes.append(forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"))
        if match == "Exact" and version == "0":
            why = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
            causes.append(forbidden("resourceVersionMatch", why))
    if causes:
        raise invalid("ListOptions", causes)
    if token and version not in ("", "0"):
        raise BadRequestError("specifying resource version is not allowed when using continue")
    return ListOptions(labels, fields, limit, token, version, cast(Any, match))


def write_options(query: Query, user: User, agent: str = "", kind: str = "CreateOptions") -> WriteOptions:
    """What a create, update or patch says beside its body.

    :param agent: the client's User-Agent, whose first word is the field manager where none is named.
    :param kind: the options' kind, for errors.
    :raises InvalidError: a word is not among the allowed ones.
    """
    manager = query.text("fieldManager") or agent.partition("/")[0]
    if not query:
        return WriteOptions(user=user, field_manager=manager[:128])
    causes: list[Cause] = []
    validation = query.text("fieldValidation") or "Warn"
    if validation not in _VALIDATIONS:
        causes.append(not_supported("fieldValidation", validation, ("", *_VALIDATIONS)))
    if len(manager) > 128:
        if "fieldManager" in query:
            causes.append(Cause("FieldValueTooLong", "Too long: may not be more than 128 bytes", "fieldManager"))
        manager = manager[:128]
    dry_run = _dry_run(query.all("dryRun"), causes)
    if causes:
        raise invalid(kind, causes)
    return WriteOptions(user, dry_run, manager, cast(Any, validation))


def _dry_run(values: Sequence[JSON], causes: list[Cause]) -> bool:
    asked = [value for value in values if value != ""]
    causes += [not_supported("dryRun", str(value), ("All",)) for value in asked if value != "All"]
    return bool(asked)


def delete_options(query: Query, body: Object | None, user: User) -> DeleteOptions:
    """What a delete asks for: the options in the body, or else those in the query.

    :raises BadRequestError: a value has the wrong type, or the body is not DeleteOptions.
    :raises InvalidError: values that are not allowed, or contradict each other.
    """
    if body:
        return _delete_body(body, user)
    causes: list[Cause] = []
    orphan = query.flag("orphanDependents") if "orphanDependents" in query else None
    grace = query.number("gracePeriodSeconds")
    options = _checked(grace, query.text("propagationPolicy") or None, orphan, causes)
    dry_run = _dry_run(query.all("dryRun"), causes)
    if causes:
        raise invalid("DeleteOptions", causes)
    return DeleteOptions(user, dry_run, *options)


def _delete_body(body: Object, user: User) -> DeleteOptions:
    kind = body.get("kind", "DeleteOptions")
    if kind != "DeleteOptions":
        raise BadRequestError(f"the body of a delete is DeleteOptions, found {kind!r}")
    expected: dict[str, type] = {
        "gracePeriodSeconds": int, "propagationPolicy": str, "orphanDependents": bool, "preconditions": dict, "dryRun": list,
    }  # fmt: skip
    for field, kind_of in expected.items():
        value = body.get(field)
        if value is not None and (not isinstance(value, kind_of) or (kind_of is int and isinstance(value, bool))):
            raise BadRequestError(f"DeleteOptions.{field} has the wrong type: found {value!r}")
    causes: list[Cause] = []
    grace, policy = _checked(body.get("gracePeriodSeconds"), body.get("propagationPolicy"), body.get("orphanDependents"), causes)
    dry_run = _dry_run(body.get("dryRun") or [], causes)
    if causes:
        raise invalid("DeleteOptions", causes)
    conditions = body.get("preconditions") or {}
    uid, version = conditions.get("uid") or "", conditions.get("resourceVersion") or ""
    return DeleteOptions(user, dry_run, grace, policy, str(uid), str(version))


def _checked(grace: int | None, policy: str | None, orphan: bool | None, causes: list[Cause]) -> tuple[int | None, Any]:
    if policy is not None and policy not in _PROPAGATIONS:
        causes.append(not_supported("propagationPolicy", policy, (*_PROPAGATIONS, "nil")))
    if policy is not None and orphan is not None:
        why = "Invalid value: orphanDependents and deletionPropagation cannot be both set"
        causes.append(Cause("FieldValueInvalid", why, "propagationPolicy"))
    if policy is None and orphan is not None:
        policy = "Orphan" if orphan else "Background"
    # As in Kubernetes, a negative grace means the shortest one.
    return (1 if grace is not None and grace < 0 else grace), policy
