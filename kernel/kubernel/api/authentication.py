"""Who is asking: client certificates, static tokens, then what plugins bring; nobody known is `system:anonymous`.

A token that nobody knows is refused with 401 rather than taken for nobody, as in Kubernetes.
"""

import csv
import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from kubernel.errors import ConfigurationError, UnauthorizedError
from kubernel.ports.auth import Authenticator, Credentials, User
from kubernel.registry.requests import ANONYMOUS

AUTHENTICATED = "system:authenticated"


class CertificateAuthenticator:
    """The subject of a client certificate that TLS has verified: CN is the user, every O a group."""

    def authenticate(self, credentials: Credentials) -> User | None:
        if not credentials.common_name:
            return None
        return User(credentials.common_name, (*credentials.organizations, AUTHENTICATED))


class TokenFileAuthenticator:
    """Bearer tokens from a file of lines `token,user,uid,"group1,group2"`; uid and groups may be left out."""

    def __init__(self, users: Sequence[tuple[str, User]]) -> None:
        self._users = [(token.encode(), user) for token, user in users]

    @classmethod
    def read(cls, path: Path) -> "TokenFileAuthenticator":
        """:raises ConfigurationError: the file cannot be read, or a line is not of this form."""
        users: list[tuple[str, User]] = []
        try:
            with path.open(newline="", encoding="utf-8") as lines:
                for number, row in enumerate(csv.reader(lines), 1):
                    if not row or row[0].startswith("#"):
                        continue
                    if len(row) < 2 or not row[0].strip() or not row[1].strip():
                        raise ConfigurationError(f"token file {path}, line {number}: expected token,user,uid,groups")
                    groups = tuple(g.strip() for g in row[3].split(",") if g.strip()) if len(row) > 3 else ()
                    uid = row[2].strip() if len(row) > 2 else ""
                    users.append((row[0].strip(), User(row[1].strip(), (*groups, AUTHENTICATED), uid)))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ConfigurationError(f"token file {path} cannot be read: {error}") from error
        return cls(users)

    @classmethod
    def made(cls, path: Path) -> "TokenFileAuthenticator":
        """The tokens of a file, which is made with one for the administrator when it is absent; only its owner can read it.

        :raises ConfigurationError: the file can be neither read nor made, or a line is not of the form.
        """
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls.read(path)
        except OSError as error:
            raise ConfigurationError(f"token file {path} cannot be made: {error.strerror}") from error
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f'{secrets.token_hex(16)},kubernetes-admin,,"system:masters"\n')
        return cls.read(path)

    def authenticate(self, credentials: Credentials) -> User | None:
        if not credentials.token:
            return None
        token = credentials.token.encode()
        found: User | None = None
        for known, user in self._users:  # all are compared, so that time tells nothing
            if hmac.compare_digest(known, token):
                found = user
        return found


class Authentication:
    """Asks the authenticators in order."""

    def __init__(self, authenticators: Sequence[Authenticator]) -> None:
        self._authenticators = tuple(authenticators)

    def user_of(self, credentials: Credentials) -> User:
        """:raises UnauthorizedError: there are credentials, but they are not valid."""
        for authenticator in self._authenticators:
            user = authenticator.authenticate(credentials)
            if user is not None:
                return user
        if credentials.token:
            raise UnauthorizedError("Unauthorized")
        return ANONYMOUS


def with_authorization(credentials: Credentials, header: str) -> Credentials:
    """The connection's credentials with the bearer token of a request.

    :raises UnauthorizedError: the header is of a scheme that is not known here.
    """
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthorizedError("Unauthorized")
    return Credentials(credentials.common_name, credentials.organizations, token.strip())
