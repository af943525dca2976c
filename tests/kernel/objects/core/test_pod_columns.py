"""What `kubectl get pods` shows: the word for STATUS, restarts and their age, and the wide columns."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kubernel.objects.core.pod.columns import COLUMNS, summary

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def shown(status: dict[str, Any], spec: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    """The row of a pod."""
    pod = {
        "metadata": {"name": "p", "creationTimestamp": "2026-01-01T11:00:00Z", **metadata},
        "spec": {"containers": [{"name": "a"}], **(spec or {})},
        "status": status,
    }
    return {column.name: column.cell(pod, NOW) for column in COLUMNS}


def state(name: str = "a", *, ready: bool = False, restarts: int = 0, last: str = "", **states: Any) -> dict[str, Any]:
    """The status of a container."""
    found: dict[str, Any] = {"name": name, "ready": ready, "restartCount": restarts, "state": states}
    if last:
        found["lastState"] = {"terminated": {"exitCode": 1, "finishedAt": last}}
    return found


def running(name: str = "a", **more: Any) -> dict[str, Any]:
    return state(name, ready=True, running={}, **more)


READY = [{"type": "Ready", "status": "True"}]
DONE = {"exitCode": 0, "reason": "Completed"}
WAITING = {"reason": "ContainerCreating"}


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Pending", {"phase": "Pending"}),
        ("ContainerCreating", {"phase": "Pending", "containerStatuses": [state(waiting=WAITING)]}),
        ("CrashLoopBackOff", {"phase": "Running", "containerStatuses": [state(waiting={"reason": "CrashLoopBackOff"})]}),
        ("ImagePullBackOff", {"phase": "Pending", "containerStatuses": [state(waiting={"reason": "ImagePullBackOff"})]}),
        ("Running", {"phase": "Running", "containerStatuses": [running()]}),
        ("Completed", {"phase": "Succeeded", "containerStatuses": [state(terminated=DONE)]}),
        ("Error", {"phase": "Failed", "containerStatuses": [state(terminated={"exitCode": 1, "reason": "Error"})]}),
        ("ExitCode:3", {"phase": "Failed", "containerStatuses": [state(terminated={"exitCode": 3})]}),
        ("Signal:9", {"phase": "Failed", "containerStatuses": [state(terminated={"exitCode": 137, "signal": 9})]}),
        ("Evicted", {"phase": "Failed", "reason": "Evicted"}),
        ("NotReady", {"phase": "Running", "containerStatuses": [state(terminated=DONE), running("b")]}),
        ("Running", {"phase": "Running", "conditions": READY, "containerStatuses": [state(terminated=DONE), running("b")]}),
        ("Init:0/2", {"phase": "Pending", "initContainerStatuses": [state("i", running={}), state("j", waiting={})]}),
        ("Init:1/2", {"phase": "Pending", "initContainerStatuses": [state("i", terminated=DONE), state("j", running={})]}),
        (
            "Init:Error",
            {"phase": "Pending", "initContainerStatuses": [state("i", terminated={"exitCode": 1, "reason": "Error"})]},
        ),
        ("Init:ExitCode:2", {"phase": "Pending", "initContainerStatuses": [state("i", terminated={"exitCode": 2})]}),
        ("Init:CrashLoopBackOff", {"initContainerStatuses": [state("i", waiting={"reason": "CrashLoopBackOff"})]}),
        ("SchedulingGated", {"phase": "Pending", "conditions": [{"type": "PodScheduled", "reason": "SchedulingGated"}]}),
    ],
)
def test_status_is_the_word_that_tells_most(word: str, status: dict[str, Any]) -> None:
    init = [{"name": "i"}, {"name": "j"}] if "initContainerStatuses" in status else []
    assert shown(status, {"initContainers": init})["Status"] == word


def test_a_pod_on_its_way_out_is_terminating_unless_it_is_finished_or_lost() -> None:
    gone = "2026-01-01T12:00:30Z"
    assert shown({"phase": "Running", "containerStatuses": [running()]}, deletionTimestamp=gone)["Status"] == "Terminating"
    assert shown({"phase": "Failed", "reason": "Evicted"}, deletionTimestamp=gone)["Status"] == "Evicted"
    assert shown({"phase": "Running", "reason": "NodeLost"}, deletionTimestamp=gone)["Status"] == "Unknown"


def test_ready_counts_containers_and_sidecars() -> None:
    spec = {"initContainers": [{"name": "side", "restartPolicy": "Always"}], "containers": [{"name": "a"}, {"name": "b"}]}
    sidecar = {**running("side"), "started": True}
    status = {"phase": "Running", "initContainerStatuses": [sidecar], "containerStatuses": [running(), state("b", running={})]}
    assert shown(status, spec)["Ready"] == "2/3"
    assert shown({"phase": "Pending"}, spec)["Ready"] == "0/3"


def test_restarts_say_when_the_last_one_was() -> None:
    status = {"phase": "Running", "containerStatuses": [running(restarts=3, last="2026-01-01T11:55:00Z")]}
    assert shown(status)["Restarts"] == "3 (5m ago)"
    assert shown({"phase": "Running", "containerStatuses": [running(restarts=2)]})["Restarts"] == "2"
    assert shown({"phase": "Running", "containerStatuses": [running()]})["Restarts"] == "0"


def test_the_wide_columns_tell_of_the_place() -> None:
    row = shown({"phase": "Pending"})
    assert (row["Age"], row["IP"], row["Node"], row["Nominated Node"], row["Readiness Gates"]) == (
        "60m",
        "<none>",
        "<none>",
        "<none>",
        "<none>",
    )
    gates = {"nodeName": "n1", "readinessGates": [{"conditionType": "x/y"}, {"conditionType": "x/z"}]}
    status = {"podIPs": [{"ip": "127.64.0.2"}], "nominatedNodeName": "n2", "conditions": [{"type": "x/y", "status": "True"}]}
    row = shown(status, gates)
    assert [row[name] for name in ("IP", "Node", "Nominated Node", "Readiness Gates")] == ["127.64.0.2", "n1", "n2", "1/2"]


def test_a_pod_without_status_can_be_shown() -> None:
    bare = {"metadata": {"name": "p"}, "spec": {"containers": []}}
    assert summary(bare).reason == ""
    assert [column.cell(bare, NOW) for column in COLUMNS][:5] == ["p", "0/0", "", "0", "<unknown>"]
