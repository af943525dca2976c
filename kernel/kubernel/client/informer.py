"""The local copy behind an informer: objects by key, indexes, and the handlers that are told of every change.

What follows the server (the registry's subscription, or a list and a watch over HTTP) calls `replace` and `apply`; both run on
the dispatcher, so that the copy has one writer. A handler sees a change after the copy holds it.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from kubernel.client.dispatch import Dispatch
from kubernel.ports.client import Handler
from kubernel.types.json import Object
from kubernel.types.references import key_of

_log = logging.getLogger(__name__)

Change: TypeAlias = tuple[Object | None, Object | None]
Keys: TypeAlias = Callable[[Object], Sequence[str]]


class Index:
    """Objects by the values that a function finds in them."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._found: dict[str, dict[str, Object]] = {}

    def change(self, key: str, old: Object | None, new: Object | None) -> None:
        if old is not None:
            for value in self._keys(old):
                held = self._found.get(value)
                if held is not None:
                    held.pop(key, None)
                    if not held:
                        del self._found[value]
        if new is not None:
            for value in self._keys(new):
                self._found.setdefault(value, {})[key] = new

    def get(self, value: str) -> list[Object]:
        return list(self._found.get(value, {}).values())


def _namespace(obj: Object) -> Sequence[str]:
    return (obj["metadata"].get("namespace", ""),)


class SharedInformer:
    """A `kubernel.ports.client.Informer`; shared by everyone who asks for the same selection."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        self._lock = threading.Lock()
        self._objects: dict[str, Object] = {}
        self._namespaces = Index(_namespace)
        self._indexes: dict[str, Index] = {}
        self._handlers: list[Handler] = []
        self._synced = threading.Event()

    # --- what components use

    def get(self, key: str) -> Object | None:
        with self._lock:
            return self._objects.get(key)

    def list(self, namespace: str = "") -> Sequence[Object]:
        with self._lock:
            return self._namespaces.get(namespace) if namespace else list(self._objects.values())

    def add_index(self, name: str, keys: Keys) -> None:
        with self._lock:
            if name in self._indexes:
                return
            index = self._indexes[name] = Index(keys)
            for key, obj in self._objects.items():
                index.change(key, None, obj)

    def by_index(self, name: str, value: str) -> Sequence[Object]:
        """:raises KeyError: there is no index of this name."""
        with self._lock:
            return self._indexes[name].get(value)

    def add_handler(self, handler: Handler) -> None:
        self._dispatch.post(lambda: self._join(handler))

    def wait_synced(self, timeout: float) -> bool:
        return self._synced.wait(timeout)

    @property
    def synced(self) -> bool:
        return self._synced.is_set()

    # --- what follows the server uses, on the dispatcher's thread

    def replace(self, objects: Iterable[Object]) -> None:
        """A whole new list: handlers are told of what differs, deletions included."""
        present = {key_of(obj): obj for obj in objects}
        with self._lock:
            gone = [obj for key, obj in self._objects.items() if key not in present]
        self.apply([(obj, None) for obj in gone])
        self.apply([(None, obj) for obj in present.values()])
        self._synced.set()

    def apply(self, changes: Sequence[Change]) -> None:
        """Changes in order; what was there before is taken from the copy, so that handlers see what this copy said."""
        for old, new in changes:
            changed = new if new is not None else old
            if changed is None:
                continue
            before = self._put(key_of(changed), new)
            if before is None and new is None:
                continue
            if before is not None and new is not None and _version(before) == _version(new):
                continue
            # A deletion tells the last state, which the deletion's event may bring newer than the copy has it.
            self._tell(old or before if new is None else before, new)

    def _put(self, key: str, new: Object | None) -> Object | None:
        with self._lock:
            before = self._objects.pop(key, None) if new is None else self._objects.get(key)
            if new is not None:
                self._objects[key] = new
            self._namespaces.change(key, before, new)
            for index in self._indexes.values():
                index.change(key, before, new)
            return before

    def _join(self, handler: Handler) -> None:
        for obj in self.list():
            self._call(handler, None, obj)
        self._handlers.append(handler)

    def _tell(self, old: Object | None, new: Object | None) -> None:
        for handler in self._handlers:
            self._call(handler, old, new)

    def _call(self, handler: Handler, old: Object | None, new: Object | None) -> None:
        try:
            handler(old, new)
        except Exception:  # noqa: BLE001 - the worker loop of informers: one broken handler must not silence the others
            _log.exception("an informer's handler failed")


def metadata_of(obj: Object) -> Object:
    """An object's metadata alone, without the record of who manages which field: what remains for those who follow every kind."""
    metadata = {name: value for name, value in obj["metadata"].items() if name != "managedFields"}
    return {"kind": obj.get("kind"), "apiVersion": obj.get("apiVersion"), "metadata": metadata}


def _version(obj: Object) -> object:
    metadata: Mapping[str, object] = obj["metadata"]
    return metadata.get("resourceVersion"), metadata.get("uid")
