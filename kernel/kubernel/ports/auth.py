"""Who is asking, and may they: authenticators turn a request's credentials into a user, authorizers judge what a user wants.

Both are asked in order. An authenticator answers None for "not mine"; an authorizer answers None for "no opinion", and when
nobody has one the request is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class User:
    """Who is asking. `uid` and `extra` are what service-account tokens and other sources add."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brings: the subject of a verified client certificate, a bearer token, or nothing."""

    common_name: str = ""
    organizations: tuple[str, ...] = ()
    token: str = ""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a user wants to do: a verb on a resource, or (with `path`) on a path outside the resources."""

    user: User
    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An authorizer's opinion; the reason ends up in the audit trail and in the answer to a refusal."""

    allowed: bool
    reason: str = ""


class Authenticator(Protocol):
    """Turns credentials into a user. Must not block: it is asked on the server's loop."""

    def authenticate(self, credentials: Credentials) -> User | None:
        """:raises UnauthorizedError: the credentials are of this kind but not valid."""


class Authorizer(Protocol):
    """Judges. Must not block: it is asked on the server's loop."""

    def authorize(self, attributes: Attributes) -> Verdict | None: ...
