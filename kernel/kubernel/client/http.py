"""The client over HTTP: every verb of the API as one blocking call, informers as a list and a watch each.

It works against any Kubernetes API server and knows nothing of the registry behind it.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence

from kubernel.client.discovery import AGGREGATED, from_aggregated, from_resource_list, is_aggregated
from kubernel.client.dispatch import Dispatch, ThreadDispatch
from kubernel.client.informer import SharedInformer
from kubernel.client.kubeconfig import ClientConfig
from kubernel.client.reflector import Followed, Reflector, list_items
from kubernel.client.transport import Transport, pieces
from kubernel.errors import ServiceUnavailableError
from kubernel.ports.client import ObjectList, PatchType, Preconditions, Propagation, ResourceInfo
from kubernel.types.json import JSON, Object
from kubernel.types.references import ResourceType


def _selection(label_selector: str, field_selector: str) -> dict[str, str]:
    query = {"labelSelector": label_selector, "fieldSelector": field_selector}
    return {name: value for name, value in query.items() if value}


class HttpClient:
    """A `kubernel.ports.client.Client`; see there for what each call means."""

    def __init__(self, config: ClientConfig, *, dispatch: Dispatch | None = None) -> None:
        self._transport = Transport(config)
        self._dispatch = dispatch or ThreadDispatch()
        self._lock = threading.Lock()
        self._informers: dict[tuple[ResourceType, str, str, str, bool], SharedInformer] = {}
        self._reflectors: list[Reflector] = []
        self._closed = False

    def get(self, resource: ResourceType, name: str, namespace: str = "", *, subresource: str = "") -> Object:
        return self._transport.json("GET", resource.path(namespace, name, subresource))

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
        query = _selection(label_selector, field_selector)
        if limit:
            query["limit"] = str(limit)
        if continue_token:
            query["continue"] = continue_token
        items, version, token = list_items(self._transport.json("GET", resource.path(namespace), query=query))
        return ObjectList(items, version, token)

    def create(
        self, resource: ResourceType, obj: Object, namespace: str = "", *, name: str = "", subresource: str = ""
    ) -> Object:
        namespace = namespace or obj.get("metadata", {}).get("namespace", "")
        return self._transport.json("POST", resource.path(namespace, name, subresource), body=obj)

    def update(self, resource: ResourceType, obj: Object, *, subresource: str = "") -> Object:
        metadata = obj["metadata"]
        path = resource.path(metadata.get("namespace"), metadata["name"], subresource)
        return self._transport.json("PUT", path, body=obj)

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
        path = resource.path(namespace, name, subresource)
        return self._transport.json("PATCH", path, body=patch, content_type=patch_type)

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
        body: Object = {"kind": "DeleteOptions", "apiVersion": "v1"}
        if grace_seconds is not None:
            body["gracePeriodSeconds"] = grace_seconds
        if propagation is not None:
            body["propagationPolicy"] = propagation
        if preconditions is not None:
            wanted = {"uid": preconditions.uid, "resourceVersion": preconditions.resource_version}
            body["preconditions"] = {field: value for field, value in wanted.items() if value}
        return self._transport.json("DELETE", resource.path(namespace, name), body=body)

    def delete_collection(
        self, resource: ResourceType, namespace: str = "", *, label_selector: str = "", field_selector: str = ""
    ) -> None:
        self._transport.json("DELETE", resource.path(namespace), query=_selection(label_selector, field_selector))

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
                found = self._informers[key] = SharedInformer(self._dispatch)
                query = _selection(label_selector, field_selector)
                what = Followed(resource.path(namespace), query, metadata_only)
                reflector = Reflector(self._transport, what, found, self._dispatch)
                self._reflectors.append(reflector)
                reflector.start()
            return found

    def resources(self) -> Sequence[ResourceInfo]:
        core = self._transport.json("GET", "/api", accept=AGGREGATED)
        groups = self._transport.json("GET", "/apis", accept=AGGREGATED)
        if is_aggregated(core) and is_aggregated(groups):
            return [*from_aggregated(core), *from_aggregated(groups)]
        paths = [f"/api/{version}" for version in core.get("versions") or ()]
        for group in groups.get("groups") or ():
            names = [version["groupVersion"] for version in group["versions"]]
            first = (group.get("preferredVersion") or {}).get("groupVersion")
            paths += [f"/apis/{name}" for name in sorted(names, key=lambda name: name != first)]
        found: list[ResourceInfo] = []
        for path in paths:
            found += from_resource_list(self._transport.json("GET", path))
        return found

    def raw(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: JSON = None) -> Iterator[bytes]:
        return pieces(self._transport.open(method, path, query=query, body=body, accept="*/*", read_seconds=None))

    def close(self) -> None:
        with self._lock:
            self._closed = True
            reflectors = list(self._reflectors)
        for reflector in reflectors:
            reflector.close()
        for reflector in reflectors:
            reflector.join(5.0)
        self._dispatch.close()
        self._transport.close()
