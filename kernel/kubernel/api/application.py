"""The Flask application: every path of the API, behind one gate that knows who is asking and whether they may.

`answer` is `wsgi_app` without WSGI: it gives the response object itself, so that promises reach the shell as they are. Sessions
and cookies are switched off; nothing here uses them.
"""

from dataclasses import dataclass
from typing import Any

from flask import Flask, Request, Response, g, request
from flask.sessions import NullSession, SessionInterface
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from kubernel.api.answers import error_answer
from kubernel.api.authentication import Authentication, with_authorization
from kubernel.api.authorization import Authorization
from kubernel.api.exchange import Exchange
from kubernel.api.request_info import RequestInfo
from kubernel.errors import (
    BadRequestError,
    InternalServerError,
    MethodNotAllowedError,
    NotFoundError,
    ServiceUnavailableError,
    StatusError,
    StoreUnavailableError,
)
from kubernel.ports.auth import User

INFO, EXCHANGE = "kubernel.info", "kubernel.exchange"


class _NoSessions(SessionInterface):
    """One empty session for all: making one for each request costs more than reading an object does."""

    _session = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._session

    def is_null_session(self, obj: object) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets a request in, or not: used by the routes and by upgrades alike."""

    authentication: Authentication
    authorization: Authorization

    def enter(self, exchange: Exchange, info: RequestInfo) -> User:
        """:raises UnauthorizedError: nobody knows who is asking.
        :raises ForbiddenError: they may not."""
        credentials = exchange.credentials
        header = exchange.headers.get("authorization")
        if header:
            credentials = with_authorization(credentials, header)
        user = self.authentication.user_of(credentials)
        self.authorization.check(user, info)
        return user


class Application(Flask):
    """See the module."""

    def __init__(self, gate: Gate) -> None:
        super().__init__("kubernel.api", static_folder=None, template_folder=None)
        self.session_interface = _NoSessions()
        self.json.sort_keys = False  # type: ignore[attr-defined]
        self.url_map.merge_slashes = False
        self._gate = gate
        self.before_request(self._enter)
        self.register_error_handler(StatusError, error_answer)
        self.register_error_handler(StoreUnavailableError, store_away)
        self.register_error_handler(HTTPException, http_error)

    def _enter(self) -> None:
        environ = request.environ
        g.user = self._gate.enter(environ[EXCHANGE], environ[INFO])

    def answer(self, environ: dict[str, Any]) -> Response:
        """Call the application; every `StatusError` is an answer already.

        :raises Exception: a bug, for the shell to report.
        """
        context = self.request_context(environ)
        context.push()
        try:
            return self.full_dispatch_request()
        finally:
            context.pop(None)


def store_away(error: StoreUnavailableError) -> Response:
    """The store cannot be reached: worth a retry."""
    return error_answer(ServiceUnavailableError(f"the store is not available: {error}", retry_after=1))


def http_error(error: HTTPException) -> Response:
    """What Flask itself refuses, in Kubernetes' form."""
    if isinstance(error, NotFound):
        return error_answer(NotFoundError("the server could not find the requested resource"))
    if isinstance(error, MethodNotAllowed):
        answer = error_answer(MethodNotAllowedError("the server does not allow this method on the requested resource"))
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return answer
    if error.code is not None and 400 <= error.code < 500:
        return error_answer(BadRequestError(str(error.description or error)))
    return error_answer(InternalServerError(f"Internal error occurred: {error.description or error}"))
