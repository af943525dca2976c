"""Binding a pod to a node: `pods/NAME/binding`, by which schedulers place pods, and the older `bindings` collection."""

from collections.abc import Callable
from datetime import datetime

from flask import Response

from kubernel.api.answers import write
from kubernel.api.asked import Asked, not_allowed, success
from kubernel.api.discovery import Virtual
from kubernel.api.query import write_options
from kubernel.errors import BadRequestError, InvalidError
from kubernel.objects.core.pod.binding import bind, binding_causes
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.registry import Registry
from kubernel.types.json import Object
from kubernel.types.references import ResourceType
from kubernel.types.well_known import PODS

BINDINGS = Virtual(ResourceType("", "v1", "bindings"), "Binding", namespaced=True)


class Bindings:
    """See the module."""

    def __init__(self, registry: Registry, now: Callable[[], datetime]) -> None:
        self._registry, self._now = registry, now

    def view(self, asked: Asked) -> Response:
        """POST a Binding to `pods/NAME/binding`."""
        if asked.info.verb != "create":
            raise not_allowed()
        body = _read(asked)
        given = body["metadata"].get("name")
        if given and given != asked.info.name:
            raise BadRequestError(f"the name of the object ({given}) does not match the name on the URL ({asked.info.name})")
        return self._bind(asked, asked.definition, asked.info.name, body)

    def collection(self, asked: Asked) -> Response:
        """POST a Binding to `bindings`; the pod has the binding's name."""
        if asked.info.verb != "create" or not asked.info.namespace:
            raise not_allowed()
        body = _read(asked)
        name = body["metadata"].get("name")
        if not name:
            raise BadRequestError("name must be provided")
        return self._bind(asked, self._registry.table.definition(PODS), name, body)

    def _bind(self, asked: Asked, pods: ResourceDefinition, name: str, body: Object) -> Response:
        options = write_options(asked.query, asked.user, asked.header("user-agent"))
        causes = binding_causes(body)
        if causes:
            raise InvalidError.of("Binding", name, causes)
        now = self._now()
        steps = self._registry.modify(pods, asked.info.namespace, name, lambda pod: bind(pod, body, now), options, "binding")
        return write(steps, lambda _: success(201))


def _read(asked: Asked) -> Object:
    body = asked.body().object()
    kind = body.get("kind", "Binding")
    if kind != "Binding":
        raise BadRequestError(f"{kind} cannot be handled as a Binding: an object of kind Binding is expected")
    for field in ("metadata", "target"):
        if not isinstance(body.get(field) or {}, dict):
            raise BadRequestError(f"Binding.{field} must be an object")
    namespace = (body.get("metadata") or {}).get("namespace")
    if namespace and namespace != asked.info.namespace:
        raise BadRequestError("the namespace of the provided object does not match the namespace sent on the request")
    return {**body, "metadata": body.get("metadata") or {}}
