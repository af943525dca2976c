"""What the parts of the client's contract share: the fixtures, small objects, a handler that can be waited for."""

import threading
import uuid
from collections.abc import Callable
from typing import Literal

import pytest

from kubernel.ports.client import Client
from kubernel.types.json import Object
from kubernel.types.well_known import NAMESPACES

PATIENCE = 60.0


def config_map(name: str, namespace: str = "default", labels: Object | None = None, **data: str) -> Object:
    metadata = {"name": name, "namespace": namespace, "labels": labels or {}}
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": data}


def pod(name: str) -> Object:
    metadata = {"name": name, "namespace": "default"}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": {"containers": [{"name": "c", "image": "i"}]}}


class Told:
    """A handler that remembers what it was told and can be waited for."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.events: list[tuple[Literal["added", "changed", "deleted"], str]] = []

    def __call__(self, old: Object | None, new: Object | None) -> None:
        changed = new if new is not None else old
        assert changed is not None
        kind: Literal["added", "changed", "deleted"] = "added" if old is None else "deleted" if new is None else "changed"
        with self._changed:
            self.events.append((kind, changed["metadata"]["name"]))
            self._changed.notify_all()

    def wait(self, *wanted: tuple[str, str]) -> None:
        """Wait until these events came, in this order, others in between allowed.

        :raises AssertionError: they did not come in time.
        """

        def seen() -> bool:
            rest = iter(self.events)
            return all(any(event == want for event in rest) for want in wanted)

        with self._changed:
            assert self._changed.wait_for(seen, PATIENCE), f"expected {wanted}, was told {self.events}"


def run_together(tasks: list[Callable[[], None]]) -> None:
    """Run tasks on threads of their own; the first failure comes out here."""
    failures: list[BaseException] = []

    def run(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - handed to the test's thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    if failures:
        raise failures[0]


class ClientCase:
    """The fixtures; `client` is for the subclass to give."""

    @pytest.fixture
    def client(self) -> Client:
        raise NotImplementedError("give the client under test")

    @pytest.fixture
    def name(self) -> str:
        """A name that no other test uses."""
        return f"contract-{uuid.uuid4().hex[:8]}"

    @pytest.fixture
    def namespace(self, client: Client, name: str) -> str:
        """A namespace of the test's own."""
        client.create(NAMESPACES, {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}})
        return name
