"""A pod's life on a node: up, down, again, and what the API is told on the way."""

from dataclasses import replace
from typing import Any

import pytest

from kubernel.errors import ConflictError, ServiceUnavailableError
from kubernel.ports.runtime import ContainerState, RuntimeFault
from kubernel.types.well_known import PODS
from node_pods import make, make_pod


def test_a_bound_pod_runs_and_is_ready(node: Any) -> None:
    status = node.run(make_pod())["status"]
    assert status["phase"] == "Running"
    assert status["podIP"] == "127.64.0.1"
    assert status["podIPs"] == [{"ip": "127.64.0.1"}]
    assert status["hostIP"] == "127.0.0.1"
    assert status["startTime"] == "2026-01-01T00:00:00Z"
    conditions = {c["type"]: c["status"] for c in status["conditions"]}
    assert conditions == dict.fromkeys(
        ["PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready", "PodScheduled"], "True"
    )
    entry = node.entry()
    assert entry["state"] == {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
    assert (entry["ready"], entry["started"], entry["restartCount"]) == (True, True, 0)
    assert entry["containerID"].startswith("fake://container-")
    assert node.reasons() == ["Pulled", "Created", "Started"]


def test_nothing_is_written_when_nothing_changed(node: Any) -> None:
    node.run(make_pod())
    before = len(node.client.calls)
    node.advance(300)
    assert node.client.calls[before:] == []


def test_pods_of_other_nodes_are_left_alone(node: Any) -> None:
    obj = make_pod()
    obj["spec"]["nodeName"] = "node-b"
    node.run(obj)
    assert node.runtime.calls == []


def test_a_mirror_of_what_is_no_pod_is_left_alone(node: Any) -> None:
    obj = make_pod()
    obj["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    node.run(obj)
    assert node.runtime.calls == []


def test_a_deleted_pod_is_told_to_end_is_not_ready_at_once_and_then_goes(node: Any) -> None:
    node.run(make_pod(make("main", "stubborn")))
    node.delete(grace=30)
    assert node.condition("Ready") == "False"
    assert node.container().state is ContainerState.RUNNING
    assert ("SIGTERM", "main") in node.runtime.calls
    node.advance(29)
    assert not node.gone()
    node.advance(2)
    assert ("SIGKILL", "main") in node.runtime.calls
    assert node.gone()
    assert node.runtime.sandboxes() == []
    assert node.said("Stopping container main")


def test_the_last_status_of_a_deleted_pod_says_how_it_ended(node: Any) -> None:
    node.run(make_pod())
    node.delete()
    written = [call.body["status"] for call in node.client.calls if call.verb == "patch"]
    assert written[-1]["phase"] == "Failed"
    ended = [status["containerStatuses"][0]["state"] for status in written if "containerStatuses" in status][-1]
    assert ended["terminated"]["exitCode"] == 143
    assert node.gone()


def test_a_deletion_with_less_grace_shortens_the_one_under_way(node: Any) -> None:
    node.run(make_pod(make("main", "stubborn")))
    node.delete(grace=30)
    node.advance(5)
    node.delete(grace=1)
    node.advance(1)
    assert node.gone()


def test_a_pod_that_vanished_from_the_api_is_ended(node: Any) -> None:
    node.run(make_pod(make("main", "stubborn")))
    node.client.delete(PODS, "web", "default")
    node.turn()
    node.advance(3)
    assert node.runtime.sandboxes() == []
    assert not (node.directory / "pods" / "uid-web").exists()


def test_another_pod_of_the_same_name_takes_the_place_of_the_old_one(node: Any) -> None:
    node.run(make_pod())
    node.client.put(PODS, make_pod(uid="uid-new"))
    node.turn()
    assert [sandbox.pod_uid for sandbox in node.runtime.sandboxes()] == ["uid-new"]
    assert node.get()["status"]["phase"] == "Running"


def test_an_ended_container_is_restarted_with_a_growing_delay(node: Any) -> None:
    node.run(make_pod())
    node.runtime.finish("web", "main", 3)
    node.turn()
    assert node.entry()["restartCount"] == 1
    assert node.entry()["lastState"]["terminated"]["exitCode"] == 3
    node.runtime.finish("web", "main", 3)
    node.turn()
    assert node.waiting() == "CrashLoopBackOff"
    assert node.get()["status"]["phase"] == "Running"
    assert node.condition("Ready") == "False"
    assert "back-off 10s restarting failed container=main pod=web_default(uid-web)" in str(node.entry())
    node.advance(9)
    assert node.entry()["restartCount"] == 1
    node.advance(2)
    assert node.entry()["restartCount"] == 2
    node.runtime.finish("web", "main", 3)
    node.advance(19)
    assert node.entry()["restartCount"] == 2
    node.advance(2)
    assert node.entry()["restartCount"] == 3
    assert node.reasons("Warning") == ["BackOff", "BackOff"]


def test_a_container_that_ran_long_is_restarted_at_once_again(node: Any) -> None:
    node.run(make_pod())
    for _ in range(3):
        node.runtime.finish("web", "main", 1)
        node.advance(60)
    node.advance(700)
    count = node.entry()["restartCount"]
    node.runtime.finish("web", "main", 1)
    node.turn()
    assert node.entry()["restartCount"] == count + 1


def test_only_the_last_run_before_the_present_one_is_kept(node: Any) -> None:
    node.run(make_pod())
    for _ in range(4):
        node.runtime.finish("web", "main", 1)
        node.advance(200)
    assert [status.attempt for status in node.runtime.containers()] == [3, 4]


@pytest.mark.parametrize(
    ("policy", "code", "phase"),
    [("Never", 0, "Succeeded"), ("Never", 1, "Failed"), ("OnFailure", 0, "Succeeded"), ("OnFailure", 1, "Running")],
)
def test_what_the_restart_policy_says_decides_the_phase(node: Any, policy: str, code: int, phase: str) -> None:
    node.run(make_pod(restartPolicy=policy))
    node.runtime.finish("web", "main", code)
    node.turn()
    assert node.get()["status"]["phase"] == phase
    if phase != "Running":
        assert node.condition("Ready") == "False"
        assert not node.runtime.sandboxes()[0].ready
        assert node.container().attempt == 0


def test_a_finished_pod_stays_finished(node: Any) -> None:
    node.run(make_pod(restartPolicy="Never"))
    node.runtime.finish("web", "main", 0)
    node.turn()
    calls = len(node.runtime.calls)
    node.advance(200)
    node.restart()
    node.advance(200)
    assert node.get()["status"]["phase"] == "Succeeded"
    assert node.runtime.calls == []
    assert calls


def test_a_pod_with_several_containers_is_pending_until_all_have_run_and_ready_when_all_are(node: Any) -> None:
    node.runtime.faults["start"] = [RuntimeFault("not now")]
    node.run(make_pod(make("one"), make("two")))
    assert node.get()["status"]["phase"] == "Pending"
    assert node.waiting("web", "one") == "RunContainerError"
    assert node.condition("Ready") == "False"
    node.advance(3)
    assert node.get()["status"]["phase"] == "Running"
    assert node.condition("Ready") == "True"


def test_an_unknown_image_backs_off(node: Any) -> None:
    node.run(make_pod(make(image="nobody/x:1")))
    assert node.waiting() == "ErrImagePull"
    node.advance(3)
    assert node.waiting() == "ImagePullBackOff"
    assert node.get()["status"]["phase"] == "Pending"
    assert 'image "nobody/x:1"' in node.entry()["state"]["waiting"]["message"]
    assert node.reasons() == ["Pulling", "Failed", "Failed", "BackOff", "Failed"]
    node.host.images.add("nobody/x")
    node.advance(10)
    assert node.get()["status"]["phase"] == "Running"


def test_pull_policies(node: Any) -> None:
    node.run(make_pod(make(imagePullPolicy="Always"), name="always"))
    assert ("pull", "busybox") in node.runtime.calls
    node.run(make_pod(make(imagePullPolicy="Never", image="nobody/x"), name="never"))
    assert node.waiting("never") == "ErrImageNeverPull"


def test_a_command_that_cannot_be_started_is_an_error_and_then_backs_off(node: Any) -> None:
    node.run(make_pod(make("main", "broken")))
    assert node.waiting() == "RunContainerError"
    assert node.entry()["lastState"]["terminated"]["reason"] == "StartError"
    node.advance(6)
    assert node.waiting() == "CrashLoopBackOff"


def test_a_changed_image_restarts_the_container(node: Any) -> None:
    node.run(make_pod())
    changed = node.get()
    changed = {**changed, "spec": {**changed["spec"], "containers": [make(image="nginx:2")]}}
    node.client.put(PODS, changed)
    node.turn()
    assert node.container().image == "nginx:2"
    assert node.entry()["restartCount"] == 1
    assert node.said("definition changed")


def test_a_deadline_ends_the_pod(node: Any) -> None:
    node.run(make_pod(activeDeadlineSeconds=20))
    node.advance(19)
    assert node.get()["status"]["phase"] == "Running"
    node.advance(2)
    status = node.get()["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")
    assert node.container().state is ContainerState.EXITED


def test_a_pod_on_the_hosts_network_has_the_hosts_address(node: Any) -> None:
    assert node.run(make_pod(hostNetwork=True))["status"]["podIP"] == "127.0.0.1"


def test_addresses_are_given_back_and_not_at_once_given_again(node: Any) -> None:
    assert node.run(make_pod(name="a"))["status"]["podIP"] == "127.64.0.1"
    node.delete("a")
    assert node.gone("a")
    assert node.run(make_pod(name="b"))["status"]["podIP"] == "127.64.0.2"


def test_a_sandbox_that_cannot_be_made_is_tried_again(node: Any) -> None:
    node.runtime.faults["create_sandbox"] = [RuntimeFault("no room")]
    node.run(make_pod())
    assert node.reasons() == ["FailedCreatePodSandBox"]
    assert node.get()["status"]["phase"] == "Pending"
    assert node.waiting() == "ContainerCreating"
    node.advance(3)
    assert node.get()["status"]["phase"] == "Running"


def test_a_lost_sandbox_is_made_anew_and_restarts_are_counted_on(node: Any) -> None:
    node.run(make_pod())
    node.runtime.lose_sandboxes()
    node.turn()
    assert [s.attempt for s in node.runtime.sandboxes() if s.ready] == [1]
    assert node.entry()["restartCount"] == 1
    assert node.get()["status"]["phase"] == "Running"
    assert "SandboxChanged" in node.reasons()


def test_a_pod_that_is_never_restarted_fails_when_its_sandbox_is_lost(node: Any) -> None:
    node.run(make_pod(restartPolicy="Never"))
    node.runtime.lose_sandboxes()
    node.turn()
    assert node.get()["status"]["phase"] == "Failed"


def test_mount_paths_that_cannot_be_had_are_said_in_the_pods_status(node: Any) -> None:
    node.capabilities = replace(node.capabilities, mount_paths=False)
    node.restart()
    node.run(make_pod(make(volumeMounts=[{"name": "v", "mountPath": "/v"}]), volumes=[{"name": "v", "emptyDir": {}}]))
    condition = next(c for c in node.get()["status"]["conditions"] if c["type"] == "kubernel.io/MountPaths")
    assert (condition["status"], condition["reason"]) == ("False", "NotPermitted")
    assert "KUBERNEL_VOLUME_" in condition["message"]


def test_the_api_forgetting_to_answer_does_not_lose_the_status(node: Any) -> None:
    node.client.fail("patch", PODS, ServiceUnavailableError("away"), times=2)
    node.run(make_pod())
    node.advance(1)
    assert node.get()["status"]["phase"] == "Running"


def test_a_pod_that_waits_for_finalizers_is_released_once(node: Any) -> None:
    node.run(make_pod())
    node.client.fail("delete", PODS, ConflictError("later"), times=1)
    node.delete()
    node.advance(120)
    assert len([call for call in node.client.calls if call.verb == "delete"]) == 1
