"""The routes of resources: one view for every kind, verb and namespace, generic over the table of definitions.

Reads are answered from the watch caches at once; writes start the registry's pipeline and promise the answer. What a finished
write needs (its kind, the form of its answer) is bound before, because the request is no longer there when the commit is done.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from flask import Response, request

from kubernel.api import bodies
from kubernel.api.answers import Elsewhere, answer, write
from kubernel.api.application import EXCHANGE, INFO, USER, Application
from kubernel.api.asked import Asked, View, not_allowed, success
from kubernel.api.exchange import Exchange
from kubernel.api.hub import Hub
from kubernel.api.negotiation import negotiate
from kubernel.api.query import Query, delete_options, list_options, write_options
from kubernel.api.representation import Form, Renderer, include_object
from kubernel.api.request_info import RequestInfo
from kubernel.api.watching import watch
from kubernel.registry.registry import Registry
from kubernel.registry.requests import ListAnswer, Patch, WriteAnswer
from kubernel.registry.scale import DEFINITION as SCALE
from kubernel.registry.table import no_such_resource
from kubernel.types.json import Object
from kubernel.types.references import ResourceType

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_RENDERED_INLINE = 1000
_PATCHES = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)


class Resources:
    """See the module.

    :param subresources: views of subresources with rules of their own, by name.
    :param virtual: views of resources that are asked and not kept.
    """

    def __init__(
        self,
        registry: Registry,
        hub: Hub,
        now: Callable[[], datetime],
        subresources: Mapping[str, View],
        virtual: Mapping[ResourceType, View],
    ) -> None:
        self._registry, self._hub, self._now = registry, hub, now
        self._subresources, self._virtual = subresources, virtual
        self._verbs: dict[str, Callable[[Asked], Response]] = {
            "get": self._get,
            "list": self._list,
            "watch": self._watch,
            "create": self._create,
            "update": self._update,
            "patch": self._patch,
            "delete": self._delete,
            "deletecollection": self._delete_collection,
        }

    def register(self, app: Application) -> None:
        """Add the routes."""
        app.add_resources(self.view, METHODS)

    def view(self, **parts: str) -> Response:
        """Any request for a resource."""
        environ = request.environ
        info: RequestInfo = environ[INFO]
        exchange: Exchange = environ[EXCHANGE]
        if not info.is_resource or info.rest:
            raise no_such_resource()
        query = Query(exchange.query)
        include, pretty = "Metadata", False
        if exchange.query:
            include = include_object(query.text("includeObject"))
            pretty = query.text("pretty") not in ("", "0", "false")
        form = Form(negotiate(exchange.headers.get("accept", "")), include, pretty)
        virtual = self._virtual.get(ResourceType(info.group, info.version, info.resource))
        if virtual is not None:
            return virtual(Asked(info, SCALE, exchange, query, form, environ[USER]))
        definition = self._registry.table.find(info.group, info.version, info.resource)
        asked = Asked(info, definition, exchange, query, form, environ[USER])
        if info.subresource:
            return self._subresource(asked)
        self._check_scope(asked)
        if info.verb not in definition.verbs:
            raise not_allowed()
        if info.verb in ("get", "list", "watch"):
            self._registry.fresh(definition)
        return self._verbs[info.verb](asked)

    def _check_scope(self, asked: Asked) -> None:
        """:raises NotFoundError: a namespace where the kind has none, or none where it needs one."""
        info, namespaced = asked.info, asked.definition.namespaced
        if info.namespace and not namespaced and info.resource != "namespaces":
            raise no_such_resource()
        if namespaced and not info.namespace:
            if info.name:
                raise no_such_resource()
            if info.verb in ("create", "deletecollection"):
                raise not_allowed()

    # --- reads

    def renderer(self, asked: Asked) -> Renderer:
        return Renderer(asked.shown or asked.definition, asked.form, self._now)

    def _get(self, asked: Asked) -> Response:
        subresource = "scale" if asked.shown is not None else ""
        cached = self._registry.get(asked.definition, asked.namespace, asked.info.name, subresource)
        return self._shown(asked, self.renderer(asked).cached(cached))

    def _list(self, asked: Asked) -> Response:
        found = self._registry.list(asked.definition, asked.namespace, list_options(asked.query))
        return self._listed(asked, found)

    def _listed(self, asked: Asked, found: ListAnswer) -> Response:
        renderer = self.renderer(asked)
        content_type = asked.form.representation.content_type
        if renderer.cheap or len(found.items) <= _RENDERED_INLINE:
            return answer(renderer.list(found), 200, content_type)
        return Elsewhere(lambda: answer(renderer.list(found), 200, content_type))

    def _watch(self, asked: Asked) -> Response:
        return watch(self._hub, asked.definition, asked.namespace, asked.info.name, asked.query, asked.form)

    def _shown(self, asked: Asked, body: bytes, status: int = 200, warnings: tuple[str, ...] = ()) -> Response:
        return answer(body, status, asked.form.representation.content_type, warnings)

    # --- writes

    def _create(self, asked: Asked) -> Response:
        if asked.info.name:
            raise not_allowed()
        options = write_options(asked.query, asked.user, asked.header("user-agent"), "CreateOptions")
        decoded = asked.body()
        warnings = decoded.judge(options.field_validation)
        steps = self._registry.create(asked.definition, asked.namespace, decoded.object(), options)
        return write(steps, lambda done: self.written(asked, done, warnings))

    def _update(self, asked: Asked) -> Response:
        if not asked.info.name:
            raise not_allowed()
        options = write_options(asked.query, asked.user, asked.header("user-agent"), "UpdateOptions")
        decoded = asked.body()
        warnings = decoded.judge(options.field_validation)
        steps = self._registry.update(
            asked.definition, asked.namespace, asked.info.name, decoded.object(), options, asked.info.subresource
        )
        return write(steps, lambda done: self.written(asked, done, warnings))

    def _patch(self, asked: Asked) -> Response:
        if not asked.info.name:
            raise not_allowed()
        media_type = bodies.media_type(asked.header("content-type"))
        if media_type not in _PATCHES:
            raise bodies.unsupported(*_PATCHES)
        options = write_options(asked.query, asked.user, asked.header("user-agent"), "PatchOptions")
        decoded = bodies.decode_json(asked.exchange.body)
        warnings = decoded.judge(options.field_validation)
        patch = Patch(media_type, decoded.value)
        steps = self._registry.patch(asked.definition, asked.namespace, asked.info.name, patch, options, asked.info.subresource)
        return write(steps, lambda done: self.written(asked, done, warnings))

    def written(self, asked: Asked, done: WriteAnswer, warnings: tuple[str, ...] = ()) -> Response:
        """The answer to a finished write."""
        body = self.renderer(asked).object(done.encoded, lambda: done.object)
        return self._shown(asked, body, 201 if done.created else 200, (*warnings, *done.warnings))

    def _delete(self, asked: Asked) -> Response:
        options = delete_options(asked.query, self._delete_body(asked), asked.user)
        steps = self._registry.delete(asked.definition, asked.namespace, asked.info.name, options)
        return write(steps, lambda done: self._deleted(asked, done))

    def _delete_body(self, asked: Asked) -> Object | None:
        return asked.body().object() if asked.exchange.body.strip() else None

    def _deleted(self, asked: Asked, done: WriteAnswer) -> Response:
        if not done.deleted:
            return self.written(asked, done)
        resource, metadata = asked.definition.resource, done.object["metadata"]
        details: Object = {"name": metadata["name"]}
        if resource.group:
            details["group"] = resource.group
        details |= {"kind": resource.plural, "uid": metadata.get("uid", "")}
        return success(200, details)

    def _delete_collection(self, asked: Asked) -> Response:
        selection = list_options(asked.query)
        options = delete_options(asked.query, self._delete_body(asked), asked.user)
        steps = self._registry.delete_collection(asked.definition, asked.namespace, selection, options)
        return write(steps, lambda found: self._listed(asked, found))

    # --- subresources

    def _subresource(self, asked: Asked) -> Response:
        info, definition = asked.info, asked.definition
        if definition.namespaced != bool(info.namespace) and info.resource != "namespaces":
            raise no_such_resource()
        offered = {"status": definition.status, "scale": definition.scale is not None}
        if not offered.get(info.subresource, info.subresource in definition.subresources):
            raise no_such_resource()
        view = self._subresources.get(info.subresource)
        if view is not None:
            return view(asked)
        if info.subresource not in ("status", "scale", "finalize"):
            raise no_such_resource()
        if info.subresource == "scale":
            asked = replace(asked, shown=SCALE)
        verbs = {"update": self._update, "patch": self._patch, "get": self._get}
        if info.verb not in verbs or (info.subresource == "finalize" and info.verb != "update"):
            raise not_allowed()
        return verbs[info.verb](asked)
