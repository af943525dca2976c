"""The client over the registry of the same process: no serialization, no sockets, the same words as over HTTP.

Components that share a process with the API server use it, and so do tests. Objects that it returns may be those of the caches:
read-only, as the port says.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from kubernel.client.dispatch import Dispatch, ThreadDispatch
from kubernel.client.follower import Follower, Selection
from kubernel.client.informer import SharedInformer
from kubernel.errors import BadRequestError, ServiceUnavailableError
from kubernel.objects.core.pod.binding import bind
from kubernel.ports.auth import User
from kubernel.ports.client import ObjectList, PatchType, Preconditions, Propagation, ResourceInfo
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.flow import block
from kubernel.registry.registry import Registry
from kubernel.registry.requests import DeleteOptions, ListOptions, Patch, WriteOptions
from kubernel.registry.table import no_such_resource
from kubernel.types.json import JSON, Object
from kubernel.types.references import ResourceType
from kubernel.types.selectors import Selector, parse_field_selector, parse_label_selector
from kubernel.types.well_known import PODS

Raw: TypeAlias = Callable[[str, str, Mapping[str, str], JSON], Iterator[bytes]]
"""Serves paths beyond the resources: method, path, query, body."""

ADMIN = User("system:kubernel", ("system:masters", "system:authenticated"))
TIMEOUT = 60.0


class LocalClient:
    """A `kubernel.ports.client.Client`; see there for what each call means.

    :param user: in whose name is written.
    :param dispatch: the informers' thread; tests give one that they turn by hand.
    :param raw: serves `raw`, where the process has an API application.
    """

    def __init__(
        self, registry: Registry, user: User = ADMIN, *, dispatch: Dispatch | None = None, raw: Raw | None = None
    ) -> None:
        self._registry = registry
        self._user = user
        self._dispatch = dispatch or ThreadDispatch()
        self._raw = raw
        self._lock = threading.Lock()
        self._informers: dict[tuple[ResourceType, str, str, str, bool], SharedInformer] = {}
        self._followers: list[Follower] = []
        self._closed = False

    def get(self, resource: ResourceType, name: str, namespace: str = "", *, subresource: str = "") -> Object:
        definition = self._definition(resource)
        self._registry.fresh(definition)
        return self._registry.get(definition, namespace, name, "" if subresource == "status" else subresource).object

    def list(
        self,
        resource: ResourceType,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        limit: int = 0,
        continue_token: str = "",
    ) -> ObjectList:
        labels, fields = _selectors(label_selector, field_selector)
        definition = self._definition(resource)
        self._registry.fresh(definition)
        answer = self._registry.list(definition, namespace, ListOptions(labels, fields, limit, continue_token))
        return ObjectList([cached.object for cached in answer.items], str(answer.revision), answer.continue_token)

    def create(
        self, resource: ResourceType, obj: Object, namespace: str = "", *, name: str = "", subresource: str = ""
    ) -> Object:
        namespace = namespace or obj.get("metadata", {}).get("namespace", "")
        definition = self._definition(resource)
        if subresource:
            return self._post(definition, namespace, name, subresource, obj)
        return block(self._registry.create(definition, namespace, obj, self._write_options()), TIMEOUT).object

    def update(self, resource: ResourceType, obj: Object, *, subresource: str = "") -> Object:
        metadata = obj["metadata"]
        steps = self._registry.update(
            self._definition(resource), metadata.get("namespace", ""), metadata["name"], obj, self._write_options(), subresource
        )
        return block(steps, TIMEOUT).object

    def patch(
        self,
        resource: ResourceType,
        name: str,
        patch: JSON,
        namespace: str = "",
        *,
        patch_type: PatchType = "application/merge-patch+json",
        subresource: str = "",
    ) -> Object:
        steps = self._registry.patch(
            self._definition(resource), namespace, name, Patch(patch_type, patch), self._write_options(), subresource
        )
        return block(steps, TIMEOUT).object

    def delete(
        self,
        resource: ResourceType,
        name: str,
        namespace: str = "",
        *,
        grace_seconds: int | None = None,
        propagation: Propagation | None = None,
        preconditions: Preconditions | None = None,
    ) -> Object:
        wanted = preconditions or Preconditions()
        options = DeleteOptions(
            user=self._user,
            grace_seconds=grace_seconds,
            propagation=propagation,
            uid=wanted.uid,
            resource_version=wanted.resource_version,
        )
        return block(self._registry.delete(self._definition(resource), namespace, name, options), TIMEOUT).object

    def delete_collection(
        self, resource: ResourceType, namespace: str = "", *, label_selector: str = "", field_selector: str = ""
    ) -> None:
        labels, fields = _selectors(label_selector, field_selector)
        selection, options = ListOptions(labels, fields), DeleteOptions(user=self._user)
        block(self._registry.delete_collection(self._definition(resource), namespace, selection, options), TIMEOUT)

    def informer(
        self,
        resource: ResourceType,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
    ) -> SharedInformer:
        key = (resource, namespace, label_selector, field_selector, metadata_only)
        with self._lock:
            if self._closed:
                raise ServiceUnavailableError("the client is closed")
            found = self._informers.get(key)
            if found is None:
                definition = self._definition(resource)
                selection = Selection(definition, namespace, *_selectors(label_selector, field_selector), metadata_only)
                found = self._informers[key] = SharedInformer(self._dispatch)
                follower = Follower(self._registry, definition, selection, found, self._dispatch)
                self._followers.append(follower)
                follower.start()
            return found

    def resources(self) -> Sequence[ResourceInfo]:
        table = self._registry.table
        return [
            ResourceInfo(definition.resource, definition.kind, definition.namespaced, frozenset(definition.verbs))
            for group in table.groups()
            for version in table.versions(group)
            for definition in table.of(group, version)
        ]

    def raw(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: JSON = None) -> Iterator[bytes]:
        if self._raw is None:
            raise no_such_resource()
        return self._raw(method, path, query or {}, body)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            followers = list(self._followers)
        for follower in followers:
            follower.close()
        self._dispatch.close()

    def _definition(self, resource: ResourceType) -> ResourceDefinition:
        return self._registry.table.definition(resource)

    def _post(self, definition: ResourceDefinition, namespace: str, name: str, subresource: str, body: Object) -> Object:
        """Subresources that take a POST; only those whose rules the objects' floor knows work in process."""
        if definition.resource != PODS or subresource != "binding":
            raise no_such_resource()
        change = partial(bind, binding=body)
        block(self._registry.modify(definition, namespace, name, change, self._write_options(), subresource), TIMEOUT)
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}

    def _write_options(self) -> WriteOptions:
        return WriteOptions(user=self._user, field_manager="kubernel")


def _selectors(labels: str, fields: str) -> tuple[Selector, Selector]:
    try:
        return parse_label_selector(labels), parse_field_selector(fields)
    except ValueError as error:
        raise BadRequestError(str(error)) from error
