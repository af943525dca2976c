"""A client over plain dictionaries, for tests of what stands on the client's port: no server, no registry, no schema.

It keeps resource versions, uids, selectors, informers, the binding of pods and merging patches (of lists only those of
conditions), and nothing of what the kinds' own rules do. `fail` lets calls go wrong; `calls` tells what was asked.
Handlers of informers are called on the thread of the writer, one at a time, before its call returns.
"""

import itertools
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kubernel.errors import AlreadyExistsError, ConflictError, NotFoundError, StatusError
from kubernel.ports.client import Handler, ObjectList, PatchType, Preconditions, Propagation, ResourceInfo
from kubernel.types.json import JSON, Object
from kubernel.types.references import ResourceType, key_of
from kubernel.types.selectors import Selector, parse_field_selector, parse_label_selector


@dataclass(frozen=True, slots=True)
class Call:
    """One write that was asked for, successful or not."""

    verb: str
    resource: ResourceType
    key: str
    subresource: str
    body: JSON = None


@dataclass(slots=True)
class _Failure:
    verb: str
    resource: ResourceType
    error: StatusError
    times: int


class MemoryInformer:
    """What `MemoryClient.informer` gives."""

    def __init__(self, lock: threading.Condition, labels: Selector, fields: Selector, namespace: str) -> None:
        self._lock = lock
        self._labels, self._fields, self._namespace = labels, fields, namespace
        self._objects: dict[str, Object] = {}
        self._indexes: dict[str, Callable[[Object], Sequence[str]]] = {}
        self._handlers: list[Handler] = []

    def get(self, key: str) -> Object | None:
        with self._lock:
            return self._objects.get(key)

    def list(self, namespace: str = "") -> Sequence[Object]:
        with self._lock:
            return [obj for obj in self._objects.values() if namespace in ("", obj["metadata"].get("namespace"))]

    def add_index(self, name: str, keys: Callable[[Object], Sequence[str]]) -> None:
        self._indexes.setdefault(name, keys)

    def by_index(self, name: str, value: str) -> Sequence[Object]:
        with self._lock:
            return [obj for obj in self._objects.values() if value in self._indexes[name](obj)]

    def add_handler(self, handler: Handler) -> None:
        with self._lock:
            for obj in self._objects.values():
                handler(None, obj)
            self._handlers.append(handler)

    def wait_synced(self, timeout: float) -> bool:
        return True

    @property
    def synced(self) -> bool:
        return True

    def change(self, key: str, new: Object | None) -> None:
        """Take over one change; the client holds the lock."""
        if new is not None and not selects(new, self._labels, self._fields, self._namespace):
            new = None
        old = self._objects.get(key)
        if new is not None:
            self._objects[key] = new
        else:
            self._objects.pop(key, None)
        if old is not None or new is not None:
            for handler in self._handlers:
                handler(old, new)


class MemoryClient:
    """A `kubernel.ports.client.Client`; see the module."""

    def __init__(self) -> None:
        self._lock = threading.Condition(threading.RLock())
        self._objects: dict[ResourceType, dict[str, Object]] = defaultdict(dict)
        self._informers: dict[tuple[ResourceType, str, str, str], MemoryInformer] = {}
        self._revision = itertools.count(1)
        self._failures: list[_Failure] = []
        self.calls: list[Call] = []

    # --- for the test

    def put(self, resource: ResourceType, obj: Object) -> Object:
        """Create or replace without questions."""
        with self._lock:
            return self._write(resource, obj)

    def fail(self, verb: str, resource: ResourceType, error: StatusError, times: int = 1) -> None:
        """Let the next calls of this verb on this resource end with an error, before anything is done."""
        with self._lock:
            self._failures.append(_Failure(verb, resource, error, times))

    def wait_for(self, condition: Callable[[], object], timeout: float = 60.0) -> None:
        """Wait until a condition holds, looked at after each call of the client.

        :raises TimeoutError: it did not come to hold within `timeout` real seconds.
        """
        with self._lock:
            if not self._lock.wait_for(condition, timeout):
                raise TimeoutError(f"the condition did not come to hold; calls: {self.calls[-10:]}")

    def find(self, resource: ResourceType, key: str) -> Object | None:
        """The object under `namespace/name`, if any."""
        with self._lock:
            return self._objects[resource].get(key)

    # --- the port

    def get(self, resource: ResourceType, name: str, namespace: str = "", *, subresource: str = "") -> Object:
        with self._lock:
            self._asked("get", resource, _key(namespace, name), subresource)
            return self._present(resource, _key(namespace, name))

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
        labels, fields = parse_label_selector(label_selector), parse_field_selector(field_selector)
        with self._lock:
            found = [o for _, o in sorted(self._objects[resource].items()) if selects(o, labels, fields, namespace)]
            return ObjectList(found, str(next(self._revision)))

    def create(
        self, resource: ResourceType, obj: Object, namespace: str = "", *, name: str = "", subresource: str = ""
    ) -> Object:
        metadata = dict(obj.get("metadata") or {})
        if namespace:
            metadata.setdefault("namespace", namespace)
        metadata["name"] = name or metadata.get("name") or f"{metadata['generateName']}{next(self._revision):05d}"
        key = _key(metadata.get("namespace", ""), metadata["name"])
        with self._lock:
            self._asked(subresource or "create", resource, key, subresource, obj)
            if subresource == "binding":
                return self._bind(resource, key, obj)
            if key in self._objects[resource]:
                raise AlreadyExistsError.of(resource.plural, metadata["name"], resource.group)
            return self._write(resource, {**obj, "metadata": metadata})

    def update(self, resource: ResourceType, obj: Object, *, subresource: str = "") -> Object:
        with self._lock:
            self._asked("update", resource, key_of(obj), subresource, obj)
            present = self._present(resource, key_of(obj))
            version = obj["metadata"].get("resourceVersion")
            if version and version != present["metadata"]["resourceVersion"]:
                raise ConflictError.of(resource.plural, obj["metadata"]["name"], resource.group)
            return self._write(resource, obj)

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
        with self._lock:
            self._asked("patch", resource, _key(namespace, name), subresource, patch)
            present = self._present(resource, _key(namespace, name))
            return self._write(resource, merged(present, patch, conditions=patch_type.endswith("strategic-merge-patch+json")))

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
        key = _key(namespace, name)
        with self._lock:
            self._asked("delete", resource, key, "")
            gone = self._present(resource, key)
            del self._objects[resource][key]
            self._tell(resource, key, None)
            return gone

    def delete_collection(
        self, resource: ResourceType, namespace: str = "", *, label_selector: str = "", field_selector: str = ""
    ) -> None:
        with self._lock:
            for obj in self.list(resource, namespace, label_selector=label_selector, field_selector=field_selector).items:
                self.delete(resource, obj["metadata"]["name"], obj["metadata"].get("namespace", ""))

    def informer(
        self,
        resource: ResourceType,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
    ) -> MemoryInformer:
        with self._lock:
            asked = (resource, namespace, label_selector, field_selector)
            informer = self._informers.get(asked)
            if informer is None:
                labels, fields = parse_label_selector(label_selector), parse_field_selector(field_selector)
                informer = self._informers[asked] = MemoryInformer(self._lock, labels, fields, namespace)
                for key, obj in self._objects[resource].items():
                    informer.change(key, obj)
            return informer

    def resources(self) -> Sequence[ResourceInfo]:
        return ()

    def raw(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: JSON = None) -> Iterator[bytes]:
        raise NotFoundError("the server could not find the requested resource")

    def close(self) -> None:
        """Nothing to stop."""

    # --- within

    def _asked(self, verb: str, resource: ResourceType, key: str, subresource: str, body: JSON = None) -> None:
        self.calls.append(Call(verb, resource, key, subresource, body))
        self._lock.notify_all()
        for failure in self._failures:
            if failure.times and (failure.verb, failure.resource) == (verb, resource):
                failure.times -= 1
                raise failure.error

    def _present(self, resource: ResourceType, key: str) -> Object:
        obj = self._objects[resource].get(key)
        if obj is None:
            raise NotFoundError.of(resource.plural, key.rpartition("/")[2], resource.group)
        return obj

    def _write(self, resource: ResourceType, obj: Object) -> Object:
        key = key_of(obj)
        version = str(next(self._revision))
        before = self._objects[resource].get(key)
        uid = obj["metadata"].get("uid") or (before or {"metadata": {}})["metadata"].get("uid") or f"uid-{version}"
        stored = {**obj, "metadata": {**obj["metadata"], "uid": uid, "resourceVersion": version}}
        self._objects[resource][key] = stored
        self._tell(resource, key, stored)
        return stored

    def _bind(self, resource: ResourceType, key: str, binding: Object) -> Object:
        pod = self._present(resource, key)
        if pod["spec"].get("nodeName"):
            why = f'pod {pod["metadata"]["name"]} is already assigned to node "{pod["spec"]["nodeName"]}"'
            raise ConflictError.of(f"{resource.plural}/binding", pod["metadata"]["name"], why=why)
        condition = {"type": "PodScheduled", "status": "True"}
        bound = {**pod, "spec": {**pod["spec"], "nodeName": binding["target"]["name"]}}
        self._write(resource, merged(bound, {"status": {"conditions": [condition]}}, conditions=True))
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}

    def _tell(self, resource: ResourceType, key: str, new: Object | None) -> None:
        for (watched, *_), informer in list(self._informers.items()):
            if watched == resource:
                informer.change(key, new)
        self._lock.notify_all()


def selects(obj: Object, labels: Selector, fields: Selector, namespace: str) -> bool:
    """Whether an object is of a namespace ("" is all) and of both selectors; a field is found by its path."""
    if namespace and obj["metadata"].get("namespace") != namespace:
        return False
    found = {requirement.key: str(_field(obj, requirement.key)) for requirement in fields.requirements}
    return labels.matches(obj["metadata"].get("labels") or {}) and fields.matches(found)


def merged(present: JSON, patch: JSON, *, conditions: bool = False) -> JSON:
    """A merge patch applied; with `conditions`, lists of that name are merged by the conditions' types."""
    if not isinstance(patch, dict) or not isinstance(present, dict):
        return patch
    answer = dict(present)
    for field, value in patch.items():
        if value is None:
            answer.pop(field, None)
        elif conditions and field == "conditions":
            by_type = {condition["type"]: condition for condition in answer.get(field) or ()}
            for condition in value:
                by_type[condition["type"]] = {**by_type.get(condition["type"], {}), **condition}
            answer[field] = list(by_type.values())
        else:
            answer[field] = merged(answer.get(field, {}), value, conditions=conditions)
    return answer


def _field(obj: Object, path: str) -> JSON:
    found: JSON = obj
    for part in path.split("."):
        found = (found or {}).get(part, "")
    return found


def _key(namespace: str, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name
