"""A cluster for testing controllers: the real registry and client, but time, informers and workers are turned by the test.

`run` gives the controllers' keys to `sync`, one at a time, until nothing is left to do; between two turns the informers are
brought up to date. Nothing runs on its own, so that a test sees the same every time. What a `sync` raises is kept in `failures`
(conflicts, which are tried again quietly, excepted): a test that expects none says so by `settle`.
"""

from collections.abc import Iterable, Mapping

from kubernel.client.local import LocalClient
from kubernel.machinery.control_loop import ControlLoop
from kubernel.ports.controller import ControllerFactory
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.registry import Registry
from kubernel.registry.table import ResourceTable
from kubernel.testing.clock import FakeClock
from kubernel.testing.manual_dispatch import ManualDispatch
from kubernel.testing.memory_store import MemoryStore
from kubernel.testing.recorder import MemoryRecorder
from kubernel.types.json import JSON, Object
from kubernel.types.references import ResourceType, split_key
from kubernel.types.times import format_time
from kubernel.types.well_known import NAMESPACES, PODS

TURNS = 20_000


class _Loop(ControlLoop):
    """A control loop that keeps its failures instead of logging them."""

    failures: list[tuple[str, str, Exception]]

    def _failed(self, key: str, error: Exception) -> None:
        self.failures.append((self.name, key, error))


class ControllerWorld:
    """See the module. `client` is for the test itself; it never lags behind."""

    def __init__(
        self,
        definitions: Iterable[ResourceDefinition],
        factories: Iterable[tuple[str, ControllerFactory]],
        *,
        options: Mapping[str, JSON] | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore(self.clock)
        self.registry = Registry(self.store, ResourceTable(definitions), clock=self.clock, options=options)
        self.dispatch = ManualDispatch()
        self.client = LocalClient(self.registry, dispatch=self.dispatch)
        self.recorder = MemoryRecorder()
        self.failures: list[tuple[str, str, Exception]] = []
        self.loops: list[ControlLoop] = []
        self.client.create(NAMESPACES, {"metadata": {"name": "default"}})
        for name, factory in factories:
            loop = _Loop(name, factory, self.client, clock=self.clock, recorder=self.recorder, options=options)
            loop.failures = self.failures
            loop.attach()
            self.loops.append(loop)

    # --- turning

    def step(self) -> bool:
        """Bring informers up to date and give each controller one key; False when there was nothing to do."""
        busy = self.dispatch.run() > 0
        for loop in self.loops:
            key = loop.queue.try_get()
            if key is not None:
                busy = True
                loop.work(key)
                loop.queue.done(key)
        return busy

    def run(self) -> "ControllerWorld":
        """Turn until nothing is left to do at this moment.

        :raises AssertionError: it goes on and on.
        """
        for _ in range(TURNS):
            if not self.step():
                return self
        raise AssertionError("the controllers never come to rest")

    def settle(self) -> "ControllerWorld":
        """Turn until nothing is left to do now or within a second of back-off; nothing but conflicts may have failed."""
        self.run()
        for _ in range(100):
            if not any(seconds <= 1.0 for seconds in self.clock.pending):
                break
            self.advance(min(self.clock.pending))
        assert not self.failures, self.failures
        return self

    def advance(self, seconds: float) -> "ControllerWorld":
        """Let time pass, timer by timer, with the controllers at rest in between."""
        target = self.clock.monotonic() + seconds
        self.run()
        while (left := target - self.clock.monotonic()) > 0:
            soonest = min(self.clock.pending, default=left)
            self.clock.advance(min(left, max(soonest, 0.0)))
            self.run()
        return self

    def close(self) -> None:
        for loop in self.loops:
            loop.stop()
        self.client.close()
        self.registry.close()
        self.store.close()

    # --- looking and helping

    def get(self, resource: ResourceType, key: str) -> Object:
        namespace, name = split_key(key)
        return self.client.get(resource, name, namespace)

    def names(self, resource: ResourceType, namespace: str = "default") -> list[str]:
        return [obj["metadata"]["name"] for obj in self.client.list(resource, namespace).items]

    def pods(self, namespace: str = "default") -> list[Object]:
        return list(self.client.list(PODS, namespace).items)

    def messages(self, reason: str) -> list[str]:
        """The messages of the events with this reason."""
        return [event.message for event in self.recorder.events if event.reason == reason]

    def set_status(self, resource: ResourceType, key: str, status: Object) -> Object:
        """Merge into an object's status, as its agent does."""
        namespace, name = split_key(key)
        return self.client.patch(resource, name, {"status": status}, namespace, subresource="status")

    def start_pods(self, namespace: str = "default") -> "ControllerWorld":
        """Do as a node would: every pod without a phase of its own runs and is ready; every terminating one is gone."""
        for pod in self.pods(namespace):
            metadata = pod["metadata"]
            if metadata.get("deletionTimestamp"):
                self.client.delete(PODS, metadata["name"], namespace, grace_seconds=0)
            elif (pod.get("status") or {}).get("phase", "Pending") == "Pending":
                self.set_ready(f"{namespace}/{metadata['name']}")
        return self

    def set_ready(self, key: str, ready: bool = True, address: str = "") -> Object:
        """Let a pod run, and be ready or not."""
        condition = {
            "type": "Ready",
            "status": "True" if ready else "False",
            "lastTransitionTime": format_time(self.clock.now()),
        }
        status: Object = {"phase": "Running", "conditions": [condition]}
        if address:
            status.update(podIP=address, podIPs=[{"ip": address}])
        return self.set_status(PODS, key, status)
