"""The Flask application: every path of the API, behind one gate that knows who is asking and whether they may.

`answer` is `wsgi_app` without WSGI: it gives the response object itself, so that promises reach the shell as they are. Sessions
and cookies are switched off; nothing here uses them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import NullSession, SessionInterface
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Rule
from werkzeug.routing.exceptions import WebsocketMismatch

from kubernel.api.answers import error_answer
from kubernel.api.authentication import Authentication, with_authorization
from kubernel.api.authorization import Authorization
from kubernel.api.exchange import Exchange
from kubernel.api.impersonation import PREFIX as IMPERSONATE
from kubernel.api.impersonation import impersonated
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

INFO, EXCHANGE, USER = "kubernel.info", "kubernel.exchange", "kubernel.user"


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
        if any(name.startswith(IMPERSONATE) for name in exchange.headers):
            user = impersonated(user, exchange.headers, self.authorization)
        self.authorization.check(user, info)
        return user


class _Matched:
    """Stands for werkzeug's adapter where the rule is known."""

    __slots__ = ("_rule",)

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def match(self, **_: Any) -> tuple[Rule, dict[str, str]]:
        return self._rule, {}


class Application(Flask):
    """See the module."""

    def __init__(self, gate: Gate) -> None:
        super().__init__("kubernel.api", static_folder=None, template_folder=None)
        self.session_interface = _NoSessions()
        self.json.sort_keys = False  # type: ignore[attr-defined]
        self.url_map.merge_slashes = False
        self._gate = gate
        self._resource_rules: dict[bool, Rule] = {}
        self._resource_methods: frozenset[str] = frozenset()
        self.before_request(self._enter)
        self.register_error_handler(StatusError, error_answer)
        self.register_error_handler(StoreUnavailableError, store_away)
        self.register_error_handler(HTTPException, http_error)

    def _enter(self) -> None:
        environ = request.environ
        environ[USER] = self._gate.enter(environ[EXCHANGE], environ[INFO])

    def add_resources(self, view: Callable[..., Response], methods: Sequence[str]) -> None:
        """Add the route of everything under a version, `/api/v1/...` and `/apis/GROUP/VERSION/...`."""
        for rule in ("/api/<version>/<path:rest>", "/apis/<group>/<version>/<path:rest>"):
            self.add_url_rule(rule, rule, view, methods=list(methods))
            self._resource_rules[rule.startswith("/apis")] = next(self.url_map.iter_rules(rule))
        self._resource_methods = frozenset(methods)

    def create_url_adapter(self, request: Request | None) -> Any:
        """The shell has read the path of a resource already: matching it again would cost as much as the rest of Flask."""
        if request is None:
            return None
        info: RequestInfo = request.environ[INFO]
        if info.is_resource and request.method in self._resource_methods:
            return _Matched(self._resource_rules[info.path.startswith("/apis")])
        return super().create_url_adapter(request)

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
    if isinstance(error, WebsocketMismatch):
        return error_answer(BadRequestError("this path does not speak WebSocket"))
    if error.code is not None and 400 <= error.code < 500:
        return error_answer(BadRequestError(str(error.description or error)))
    return error_answer(InternalServerError(f"Internal error occurred: {error.description or error}"))
