"""What `kubernel status` calls well."""

from collections.abc import Iterator, Mapping

from kubernel.cli.status import report
from kubernel.testing.memory_client import MemoryClient
from kubernel.types.json import JSON, Object
from kubernel.types.well_known import NODES, PODS


class HealthyClient(MemoryClient):
    """One whose API server says that it is ready."""

    def raw(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: JSON = None) -> Iterator[bytes]:
        yield b"ok"


def pod(name: str, *, ready: str, reason: str = "", phase: str = "Running") -> Object:
    state: Object = {"waiting": {"reason": reason}} if reason else {"running": {}}
    status = {"phase": phase, "conditions": [{"type": "Ready", "status": ready}], "containerStatuses": [{"state": state}]}
    return {"metadata": {"name": name, "namespace": "default"}, "status": status}


def test_a_running_pod_that_is_not_ready_is_not_well() -> None:
    client = HealthyClient()
    client.put(NODES, {"metadata": {"name": "node-1"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    client.put(PODS, pod("a", ready="True"))
    rows, well = report(client)
    assert well
    assert rows[-1] == (True, "pods", "1 Running")
    client.put(PODS, pod("b", ready="False", reason="CrashLoopBackOff"))
    rows, well = report(client)
    assert not well
    assert rows[-1] == (False, "pods", "2 Running, 1 not ready: CrashLoopBackOff")


def test_a_pod_that_waits_for_its_image_is_not_well() -> None:
    client = HealthyClient()
    client.put(NODES, {"metadata": {"name": "node-1"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    client.put(PODS, pod("a", ready="False", reason="ImagePullBackOff", phase="Pending"))
    rows, well = report(client)
    assert not well
    assert rows[-1] == (False, "pods", "1 Pending, 1 not ready: ImagePullBackOff")
