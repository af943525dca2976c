"""The routes beside the resources: the index, discovery, version, health, metrics, OpenAPI."""

import hashlib
from collections.abc import Callable, Mapping

from flask import Flask, Response, request

from kubernel.api.answers import answer, json_answer
from kubernel.api.discovery import Discovery
from kubernel.api.health import Health
from kubernel.api.metrics import Metrics, exposition
from kubernel.api.negotiation import clauses, not_acceptable
from kubernel.api.version import version_info
from kubernel.objects.openapi import v2, v3_document, v3_index
from kubernel.registry.table import ResourceTable, no_such_resource


class System:
    """See the module.

    :param endpoints: `healthz`, `livez` and `readyz`.
    """

    def __init__(self, table: ResourceTable, discovery: Discovery, endpoints: Mapping[str, Health], metrics: Metrics) -> None:
        self._table, self._discovery, self._endpoints, self._metrics = table, discovery, endpoints, metrics
        self._documents: dict[str, tuple[bytes, str]] = {}

    def register(self, app: Flask) -> None:
        """Add the routes."""
        rules: list[tuple[str, Callable[..., Response]]] = [
            ("/", self._index),
            ("/api", lambda: self._root(core=True)),
            ("/apis", lambda: self._root(core=False)),
            ("/api/<version>", lambda version: self._resources("", version)),
            ("/apis/<group>", lambda group: self._discovery.group(group, _etag())),
            ("/apis/<group>/<version>", self._resources),
            ("/version", lambda: json_answer(version_info())),
            ("/metrics", self._scrape),
            ("/openapi/v2", self._openapi_v2),
            ("/openapi/v3", self._openapi_index),
            ("/openapi/v3/<path:path>", self._openapi_v3),
        ]
        for name in self._endpoints:
            rules.append((f"/{name}", lambda name=name: self._health(name)))
            rules.append((f"/{name}/<check>", lambda check, name=name: self._endpoints[name].one(check)))
        for rule, view in rules:
            app.add_url_rule(rule, rule, view, methods=["GET"], strict_slashes=False)

    def _index(self) -> Response:
        others = ["/metrics", "/openapi/v2", "/openapi/v3", "/version", *(f"/{name}" for name in self._endpoints)]
        return json_answer({"paths": sorted([*self._discovery.paths(), *others])})

    def _root(self, *, core: bool) -> Response:
        return self._discovery.root(request.headers.get("Accept", ""), _etag(), core=core)

    def _resources(self, group: str, version: str) -> Response:
        return self._discovery.resources(group, version, _etag())

    def _health(self, name: str) -> Response:
        return self._endpoints[name].all(verbose="verbose" in request.args, exclude=request.args.getlist("exclude"))

    def _scrape(self) -> Response:
        body, content_type = exposition(self._metrics)
        return answer(body, 200, content_type)

    def _openapi_v2(self) -> Response:
        _check_json()
        return self._document("v2", lambda: v2(self._table, version_info()["gitVersion"]))

    def _openapi_index(self) -> Response:
        _check_json()
        return self._document("v3", lambda: v3_index(self._table, version_info()["gitVersion"]))

    def _openapi_v3(self, path: str) -> Response:
        _check_json()
        return self._document(f"v3/{path}", lambda: v3_document(self._table, path, version_info()["gitVersion"]))

    def _document(self, name: str, make: Callable[[], bytes | None]) -> Response:
        """A document, made when it is first asked for and kept: the table of resources does not change."""
        found = self._documents.get(name)
        if found is None:
            body = make()
            if body is None:
                raise no_such_resource()
            found = self._documents[name] = (body, f'"{hashlib.sha256(body).hexdigest().upper()}"')
        body, etag = found
        response = answer(b"", 304) if _etag() == etag else answer(body)
        response.headers["ETag"] = etag
        response.headers["Vary"] = "Accept"
        return response


def _etag() -> str:
    return request.headers.get("If-None-Match", "")


def _check_json() -> None:
    """:raises NotAcceptableError: the client takes nothing but protobuf."""
    accept = request.headers.get("Accept", "")
    if accept and not any(c.media_type in ("application/json", "application/*", "*/*") for c in clauses(accept)):
        raise not_acceptable(("application/json",))
