"""A node makes itself known and stays known, whatever happens to the API."""

from pathlib import Path
from typing import Any

from kubernel.errors import ServiceUnavailableError
from kubernel.node.host_facts import HostPressure, host_facts
from kubernel.node.node_status import conditions
from kubernel.node.registration import Registration
from kubernel.ports.runtime import RuntimeStatus
from kubernel.testing.clock import FakeClock
from kubernel.types.conditions import condition_in
from kubernel.types.json import Object
from kubernel.types.well_known import LEASES, NODES

WELL = HostPressure(memory_available=1 << 30, disk_available=1 << 40, disk_total=1 << 41, processes=10, processes_limit=1000)
UP = RuntimeStatus("fake", "1", ready=True)


def registered(node: Any) -> tuple[Registration, list[Object]]:
    told: list[Object] = []
    registration = Registration(node.around, node.executor, lambda: 10250, told.append)
    registration.start()
    return registration, told


def test_it_registers_and_renews_its_lease(node: Any) -> None:
    _, told = registered(node)
    assert [obj["metadata"]["name"] for obj in told] == ["node-a"]
    obj = node.client.find(NODES, "node-a")
    assert obj["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"] == 10250
    assert obj["status"]["addresses"][0] == {"type": "InternalIP", "address": "127.0.0.1"}
    lease = node.client.find(LEASES, "kube-node-lease/node-a")
    node.advance(11)
    renewed = node.client.find(LEASES, "kube-node-lease/node-a")
    assert renewed["spec"]["renewTime"] > lease["spec"]["renewTime"]
    assert renewed["spec"]["leaseDurationSeconds"] == 40


def test_an_api_that_is_away_is_asked_again(node: Any) -> None:
    node.client.fail("create", NODES, ServiceUnavailableError("away"), times=3)
    _, told = registered(node)
    assert told == []
    node.advance(1)
    assert len(told) == 1


def test_a_lease_that_cannot_be_renewed_is_tried_again_soon(node: Any) -> None:
    registered(node)
    node.client.fail("patch", LEASES, ServiceUnavailableError("away"), times=2)
    before = node.client.find(LEASES, "kube-node-lease/node-a")["spec"]["renewTime"]
    node.advance(13)
    assert node.client.find(LEASES, "kube-node-lease/node-a")["spec"]["renewTime"] > before


def test_a_node_that_somebody_deleted_registers_again(node: Any) -> None:
    registered(node)
    node.client.delete(NODES, "node-a")
    node.advance(61)
    assert node.client.find(NODES, "node-a") is not None


def test_the_status_is_written_when_something_changed_and_now_and_then_anyway(node: Any) -> None:
    registered(node)
    calls = len([call for call in node.client.calls if call.subresource == "status"])
    node.advance(241)
    assert len([call for call in node.client.calls if call.subresource == "status"]) == calls
    node.advance(61)
    assert len([call for call in node.client.calls if call.subresource == "status"]) == calls + 1
    obj = node.client.find(NODES, "node-a")
    changed = [{**c, "status": "Unknown"} for c in obj["status"]["conditions"]]
    node.client.put(NODES, {**obj, "status": {**obj["status"], "conditions": changed}})
    node.advance(61)
    obj = node.client.find(NODES, "node-a")
    assert condition_in(obj["status"]["conditions"], "Ready") == {
        **(condition_in(obj["status"]["conditions"], "Ready") or {}),
        "status": "True",
    }


def test_nothing_is_written_after_the_end(node: Any) -> None:
    registration, _ = registered(node)
    registration.stop()
    calls = len(node.client.calls)
    node.advance(300)
    assert len(node.client.calls) == calls


def test_conditions_say_what_runs_short_and_keep_their_times() -> None:
    clock = FakeClock()
    first = conditions([], UP, WELL, clock.now())
    assert {c["type"]: c["status"] for c in first} == {
        "MemoryPressure": "False",
        "DiskPressure": "False",
        "PIDPressure": "False",
        "Ready": "True",
    }
    clock.advance(60)
    short = HostPressure(memory_available=1, disk_available=1, disk_total=1 << 41, processes=999, processes_limit=1000)
    down = RuntimeStatus("fake", "1", False, "gone")
    second = conditions([*first, {"type": "Other", "status": "True"}], down, short, clock.now())
    assert {c["type"]: c["status"] for c in second} == {
        "Other": "True",
        "MemoryPressure": "True",
        "DiskPressure": "True",
        "PIDPressure": "True",
        "Ready": "False",
    }
    ready = condition_in(second, "Ready") or {}
    assert ready["lastTransitionTime"] == "2026-01-01T00:01:00Z"
    assert "gone" in ready["message"]
    third = conditions(second, RuntimeStatus("fake", "1", False), short, clock.now())
    assert (condition_in(third, "Ready") or {})["lastTransitionTime"] == ready["lastTransitionTime"]


def test_a_host_is_known_by_what_it_is(tmp_path: Path) -> None:
    facts = host_facts(tmp_path)
    assert facts.architecture
    assert facts.kernel_version
    assert facts.cpus >= 1
    assert facts.memory_bytes > 1 << 20
    assert facts.machine_id
    assert host_facts(tmp_path).machine_id == facts.machine_id
