"""A node without threads: a fake runtime, a fake clock, a client over dictionaries, and a queue that the test empties."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from kubernel.machinery.control_loop import ControlLoop
from kubernel.node.addresses import AddressPool
from kubernel.node.config import NodeConfig
from kubernel.node.housekeeping import Housekeeping
from kubernel.node.pods.pod_logs import PodLogs
from kubernel.node.pods.pod_loop import PodLoop
from kubernel.node.pods.rooms import build_rooms
from kubernel.node.surroundings import Directories, Surroundings
from kubernel.ports.controller import ControllerContext
from kubernel.ports.runtime import ContainerStatus
from kubernel.testing.clock import FakeClock
from kubernel.testing.fake_runtime import FAKE_CAPABILITIES, FakeHost, FakeRuntime
from kubernel.testing.memory_client import MemoryClient
from kubernel.testing.recorder import MemoryRecorder
from kubernel.types.json import Object
from kubernel.types.times import format_time
from kubernel.types.well_known import PODS, SERVICES


class Inline(Executor):
    """Runs what it is given at once, on the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as an executor does: whatever it is, it is the future's
            future.set_exception(error)
        return future


class Deferred(Executor):
    """Keeps what it is given until the test runs it."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        self.waiting.append((future, lambda: fn(*args, **kwargs)))
        return future

    def run(self) -> None:
        while self.waiting:
            future, work = self.waiting.pop(0)
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001 - as an executor does
                future.set_exception(error)


class Node:
    """See the module. `restart` is a new agent on the same host."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.client = MemoryClient()
        self.client.put(SERVICES, service("kubernetes", "127.96.0.1", 443))
        self.clock = FakeClock()
        self.host = FakeHost()
        self.capabilities = FAKE_CAPABILITIES
        self.allocatable = {"cpu": "4", "memory": "8Gi", "pods": "10"}
        self.labels = {"kubernetes.io/hostname": "node-a"}
        self.executor: Executor = Inline()
        self.recorder = MemoryRecorder()
        self.start()

    def start(self) -> None:
        self.runtime = FakeRuntime(self.host, self.clock, self.capabilities)
        config = NodeConfig("node-a", self.directory, log_max_bytes=1000, log_max_files=3)
        self.addresses = AddressPool()
        self.addresses.set_range("127.64.0.0/24")

        def factory(context: ControllerContext) -> PodLoop:
            self.around = Surroundings(
                self.client,
                self.runtime,
                self.clock,
                self.recorder,
                config,
                Directories(self.directory),
                self.executor,
                context.enqueue,
            )
            self.rooms = build_rooms(
                self.around, self.client.informer(SERVICES), self.addresses, lambda: self.allocatable, lambda: self.labels
            )
            pods = self.client.informer(PODS, field_selector="spec.nodeName=node-a")
            self.logs = PodLogs(self.around, pods)
            return PodLoop(self.rooms, pods)

        self.loop = ControlLoop("node-agent", factory, self.client, clock=self.clock, recorder=self.recorder)
        assert isinstance(self.loop.controller, PodLoop)
        self.pods = self.loop.controller
        self.loop.attach()
        self.housekeeping = Housekeeping(self.rooms, self.pods, self.executor)
        self.housekeeping.start()

    def restart(self) -> None:
        self.housekeeping.stop()
        self.rooms.prober.stop()
        self.loop.stop()
        self.runtime.close(leave_running=True)
        self.start()
        self.turn()

    def turn(self) -> None:
        """Work until nothing waits."""
        while (key := self.loop.queue.try_get()) is not None:
            try:
                self.loop.work(key)
            finally:
                self.loop.queue.done(key)

    def advance(self, seconds: float) -> None:
        """Let time pass, working whenever something is due."""
        end = self.clock.monotonic() + seconds
        self.turn()
        while self.clock.pending and self.clock.monotonic() + self.clock.pending[0] <= end:
            self.clock.advance(self.clock.pending[0])
            self.turn()
        self.clock.advance(max(0.0, end - self.clock.monotonic()))
        self.turn()

    def run(self, obj: Object) -> Object:
        """Bind a pod to this node and work."""
        self.client.put(PODS, obj)
        self.turn()
        return self.get(obj["metadata"]["name"])

    def get(self, name: str = "web") -> Object:
        found = self.client.find(PODS, f"default/{name}")
        assert found is not None, f"pod {name} is gone"
        return found

    def gone(self, name: str = "web") -> bool:
        return self.client.find(PODS, f"default/{name}") is None

    def delete(self, name: str = "web", grace: int = 30) -> None:
        """What the API does when somebody deletes a pod that a node holds."""
        found = self.get(name)
        metadata = {
            **found["metadata"],
            "deletionTimestamp": format_time(self.clock.now()),
            "deletionGracePeriodSeconds": grace,
        }
        self.client.put(PODS, {**found, "metadata": metadata})
        self.turn()

    def entry(self, name: str = "web", container_name: str = "main") -> Object:
        status = self.get(name)["status"]
        entries = [*status.get("containerStatuses", []), *status.get("initContainerStatuses", [])]
        found: Object = next(entry for entry in entries if entry["name"] == container_name)
        return found

    def waiting(self, name: str = "web", container_name: str = "main") -> str:
        reason: str = self.entry(name, container_name)["state"]["waiting"]["reason"]
        return reason

    def container(self, name: str = "web", container_name: str = "main") -> ContainerStatus:
        found = self.runtime.find(name, container_name)
        assert found is not None
        return found

    def condition(self, kind: str, name: str = "web") -> str:
        conditions = self.get(name)["status"]["conditions"]
        status: str = next(condition["status"] for condition in conditions if condition["type"] == kind)
        return status

    def reasons(self, kind: str = "") -> list[str]:
        return [event.reason for event in self.recorder.events if kind in ("", event.type)]

    def said(self, text: str) -> bool:
        return any(text in event.message for event in self.recorder.events)


def service(name: str, address: str, port: int, namespace: str = "default") -> Object:
    return {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"clusterIP": address, "ports": [{"port": port, "protocol": "TCP"}]},
    }


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)
