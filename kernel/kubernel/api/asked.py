"""A request for a resource, read: what every view of resources and subresources is given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import orjson
from flask import Response

from kubernel.api import bodies
from kubernel.api.answers import answer
from kubernel.api.exchange import Exchange
from kubernel.api.query import Query
from kubernel.api.representation import Form
from kubernel.api.request_info import RequestInfo
from kubernel.errors import MethodNotAllowedError
from kubernel.ports.auth import User
from kubernel.ports.resource import ResourceDefinition
from kubernel.types.json import Object


@dataclass(frozen=True, slots=True)
class Asked:
    """See the module. For a resource that is not kept, `definition` is the one that the route works on."""

    info: RequestInfo
    definition: ResourceDefinition
    exchange: Exchange
    query: Query
    form: Form
    user: User
    shown: ResourceDefinition | None = None
    """The kind of the answer where it is not the resource's own (a scale)."""

    @property
    def namespace(self) -> str:
        """The namespace for the registry: "" for kinds of the cluster, `namespaces` among them."""
        return self.info.namespace if self.definition.namespaced else ""

    def header(self, name: str) -> str:
        """A header by its lower-case name; "" when it is absent."""
        return self.exchange.headers.get(name, "")

    def body(self) -> bodies.Decoded:
        """:raises StatusError: the body cannot be read."""
        return bodies.decode(self.exchange.body, self.header("content-type"))


View: TypeAlias = Callable[[Asked], Response]


def success(code: int, details: Object | None = None) -> Response:
    """A `Status` that says that it is done."""
    body: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    if details:
        body["details"] = details
    if code != 200:
        body["code"] = code
    return answer(orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE), code)


def not_allowed() -> MethodNotAllowedError:
    """The answer to a verb that a resource does not offer."""
    return MethodNotAllowedError("the server does not allow this method on the requested resource")
