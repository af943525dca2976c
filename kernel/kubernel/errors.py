"""What can go wrong, by meaning: every error knows its HTTP code, its Kubernetes reason, and whether a retry may help.

Two families live here. `StatusError` and its children are answers to a client and become a `Status` object. `StoreError`
and its children are what a store says; the registry translates them. `ConfigurationError` and `PluginError` end a command
with a message for the person at the keyboard. Plugins raise these, translated at their border with `raise ... from error`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


class KernelError(Exception):
    """The root of everything that kubernel raises on purpose."""


class ConfigurationError(KernelError):
    """What the user configured cannot work; the message says what to change."""


class PluginError(KernelError):
    """A plugin cannot be loaded or breaks a rule of the hooks; the message names the plugin."""


# --- what a store says ---------------------------------------------------------------------------------------------


class StoreError(KernelError):
    """A store could not do what it was asked; nothing of the commit was written unless a child says otherwise."""


class RevisionMismatchError(StoreError):
    """A compare-and-set found another revision than the expected one.

    `expected` 0 means that the key should not exist; `found` 0 means that it does not.
    """

    def __init__(self, key: str, expected: int, found: int) -> None:
        super().__init__(f"{key} is at revision {found}, expected {expected}")
        self.key, self.expected, self.found = key, expected, found


class CompactedError(StoreError):
    """A revision was asked for that the store no longer remembers; list again and go on from there."""

    def __init__(self, revision: int, oldest: int) -> None:
        super().__init__(f"revision {revision} was compacted, the oldest one kept is {oldest}")
        self.revision, self.oldest = revision, oldest


class ValueTooLargeError(StoreError):
    """A value is larger than the store can hold."""


class StoreUnavailableError(StoreError):
    """The store cannot be reached or cannot write now (away, full, closed); the same call may work later."""


class StoreCorruptError(StoreError):
    """The store holds something that this version cannot have written; it is left untouched."""


# --- answers to a client --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why an object is invalid, as in `Status.details.causes`.

    `reason` is one of Kubernetes' cause types (FieldValueRequired, FieldValueInvalid, FieldValueNotSupported,
    FieldValueDuplicate, FieldValueForbidden, FieldValueTooLong, FieldValueTypeInvalid ...), `field` a path like
    `spec.containers[0].name`.
    """

    reason: str
    message: str
    field: str


class StatusError(KernelError):
    """An answer other than success: the base of every error that a client sees."""

    code: int = 500
    reason: str = "InternalError"
    retriable: bool = False

    def __init__(
        self,
        message: str,
        *,
        group: str = "",
        kind: str = "",
        name: str = "",
        causes: Iterable[Cause] = (),
        retry_after: int = 0,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.group, self.kind, self.name = group, kind, name
        self.causes = tuple(causes)
        self.retry_after = retry_after

    def status(self) -> dict[str, Any]:
        """The `Status` object, keys in the order in which Kubernetes writes them (clients compare it byte for byte)."""
        details: dict[str, Any] = {}
        if self.name:
            details["name"] = self.name
        if self.group:
            details["group"] = self.group
        if self.kind:
            details["kind"] = self.kind
        if self.causes:
            details["causes"] = [{"reason": c.reason, "message": c.message, "field": c.field} for c in self.causes]
        if self.retry_after:
            details["retryAfterSeconds"] = self.retry_after
        answer: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
        }
        if details:
            answer["details"] = details
        answer["code"] = self.code
        return answer


class BadRequestError(StatusError):
    """The request itself cannot be understood."""

    code, reason = 400, "BadRequest"


class UnauthorizedError(StatusError):
    """Nobody knows who is asking."""

    code, reason = 401, "Unauthorized"


class ForbiddenError(StatusError):
    """The user may not do this."""

    code, reason = 403, "Forbidden"


class NotFoundError(StatusError):
    """There is no such object, or no such path."""

    code, reason = 404, "NotFound"

    @classmethod
    def of(cls, plural: str, name: str, group: str = "") -> "NotFoundError":
        return cls(f'{qualified(plural, group)} "{name}" not found', group=group, kind=plural, name=name)


class MethodNotAllowedError(StatusError):
    """The resource does not offer this verb."""

    code, reason = 405, "MethodNotAllowed"


class NotAcceptableError(StatusError):
    """None of the media types that the client accepts can be given."""

    code, reason = 406, "NotAcceptable"


class RequestTimeoutError(StatusError):
    """The server gave up waiting; the same request may work later."""

    code, reason, retriable = 504, "Timeout", True


class AlreadyExistsError(StatusError):
    """An object of this name is there already."""

    code, reason = 409, "AlreadyExists"

    @classmethod
    def of(cls, plural: str, name: str, group: str = "") -> "AlreadyExistsError":
        return cls(f'{qualified(plural, group)} "{name}" already exists', group=group, kind=plural, name=name)


class ConflictError(StatusError):
    """The object has moved on since the client read it; read it again and retry."""

    code, reason, retriable = 409, "Conflict", True

    @classmethod
    def of(cls, plural: str, name: str, group: str = "", why: str = "") -> "ConflictError":
        why = why or "the object has been modified; please apply your changes to the latest version and try again"
        message = f'Operation cannot be fulfilled on {qualified(plural, group)} "{name}": {why}'
        return cls(message, group=group, kind=plural, name=name)


class ExpiredError(StatusError):
    """The resource version or the continue token is too old; list again.

    `continue_token`, where there is one, goes on from the same key in the present state.
    """

    code, reason = 410, "Expired"
    continue_token: str = ""

    def status(self) -> dict[str, Any]:
        answer = super().status()
        if self.continue_token:
            answer["metadata"] = {"continue": self.continue_token}
        return answer


class RequestEntityTooLargeError(StatusError):
    """The body is larger than the server takes."""

    code, reason = 413, "RequestEntityTooLarge"


class UnsupportedMediaTypeError(StatusError):
    """The body's media type is not one that the verb takes."""

    code, reason = 415, "UnsupportedMediaType"


class InvalidError(StatusError):
    """The object breaks its kind's rules; `causes` says each one."""

    code, reason = 422, "Invalid"

    @classmethod
    def of(cls, kind: str, name: str, causes: Iterable[Cause], group: str = "") -> "InvalidError":
        causes = tuple(causes)
        lines = [f"{cause.field}: {cause.message}" if cause.field else cause.message for cause in causes]
        text = lines[0] if len(lines) == 1 else "[" + ", ".join(lines) + "]"
        message = f'{qualified(kind, group)} "{name}" is invalid: {text}'
        return cls(message, group=group, kind=kind, name=name, causes=causes)


class TooManyRequestsError(StatusError):
    """Try again after `retry_after` seconds."""

    code, reason, retriable = 429, "TooManyRequests", True


class InternalServerError(StatusError):
    """A bug of ours or of a plugin."""


class ServiceUnavailableError(StatusError):
    """The server cannot answer now, most often because its store is away."""

    code, reason, retriable = 503, "ServiceUnavailable", True


BY_REASON: Mapping[str, type[StatusError]] = {
    kind.reason: kind
    for kind in (
        BadRequestError,
        UnauthorizedError,
        ForbiddenError,
        NotFoundError,
        MethodNotAllowedError,
        NotAcceptableError,
        RequestTimeoutError,
        AlreadyExistsError,
        ConflictError,
        ExpiredError,
        RequestEntityTooLargeError,
        UnsupportedMediaTypeError,
        InvalidError,
        TooManyRequestsError,
        InternalServerError,
        ServiceUnavailableError,
    )
}


def qualified(plural: str, group: str) -> str:
    """`deployments.apps`, or the bare plural for the core group."""
    return f"{plural}.{group}" if group else plural


def from_status(status: Mapping[str, Any], code: int = 500) -> StatusError:
    """The error that a server's `Status` answer stands for, so that a remote client raises what a local one would."""
    details: Mapping[str, Any] = status.get("details") or {}
    reason = str(status.get("reason") or "")
    known = BY_REASON.get(reason) or next((k for k in BY_REASON.values() if k.code == code), StatusError)
    error = known(
        str(status.get("message") or f"the server answered {code}"),
        group=str(details.get("group", "")),
        kind=str(details.get("kind", "")),
        name=str(details.get("name", "")),
        causes=[Cause(c.get("reason", ""), c.get("message", ""), c.get("field", "")) for c in details.get("causes") or ()],
        retry_after=int(details.get("retryAfterSeconds") or 0),
    )
    if error.reason != reason or error.code != code:
        error.code, error.reason = code, reason or error.reason
    return error
