"""Init containers and sidecars in their order, probes, lifecycle hooks."""

from typing import Any

from kubernel.ports.runtime import ContainerState, ExecResult
from kubernel.types.well_known import PODS
from node_pods import make, make_pod


def exec_probe(command: str, **fields: Any) -> dict[str, Any]:
    return {"exec": {"command": [command]}, "periodSeconds": 10, "failureThreshold": 3, **fields}


def verbs(node: Any) -> list[str]:
    return [f"{verb} {name}" for verb, name in node.runtime.calls if verb in ("start", "SIGTERM")]


def test_init_containers_run_one_after_the_other_before_the_rest(node: Any) -> None:
    node.run(make_pod(initContainers=[make("one"), make("two")]))
    assert verbs(node) == ["start one"]
    assert node.get()["status"]["phase"] == "Pending"
    assert node.condition("Initialized") == "False"
    assert node.waiting("web", "main") == "PodInitializing"
    node.runtime.finish("web", "one")
    node.turn()
    assert verbs(node) == ["start one", "start two"]
    node.runtime.finish("web", "two")
    node.turn()
    assert verbs(node) == ["start one", "start two", "start main"]
    assert node.get()["status"]["phase"] == "Running"
    assert node.condition("Initialized") == "True"
    assert node.entry("web", "one")["ready"] is True


def test_a_failing_init_container_is_tried_again_with_back_off(node: Any) -> None:
    node.run(make_pod(initContainers=[make("one", "exit", "1")]))
    assert node.waiting("web", "one") == "CrashLoopBackOff"
    assert node.entry("web", "one")["restartCount"] == 1
    assert node.get()["status"]["phase"] == "Pending"


def test_a_failing_init_container_fails_a_pod_that_is_never_restarted(node: Any) -> None:
    node.run(make_pod(initContainers=[make("one", "exit", "1")], restartPolicy="Never"))
    assert node.get()["status"]["phase"] == "Failed"
    assert "start main" not in verbs(node)


def test_a_sidecar_starts_in_its_turn_runs_on_and_ends_last(node: Any) -> None:
    sidecar = make("side", restartPolicy="Always")
    node.run(make_pod(make("main", "stubborn"), initContainers=[make("init", "exit", "0"), sidecar]))
    assert verbs(node) == ["start init", "start side", "start main"]
    assert node.get()["status"]["phase"] == "Running"
    assert node.condition("Ready") == "True"
    node.runtime.finish("web", "side", 1)
    node.turn()
    assert node.entry("web", "side")["restartCount"] == 1
    node.delete(grace=10)
    assert node.container("web", "side").state is ContainerState.RUNNING
    node.advance(11)
    assert node.gone()
    assert verbs(node)[-2:] == ["SIGTERM main", "SIGTERM side"]


def test_a_finished_pod_takes_its_sidecars_with_it(node: Any) -> None:
    node.run(make_pod(restartPolicy="OnFailure", initContainers=[make("side", restartPolicy="Always")]))
    node.runtime.finish("web", "main", 0)
    node.turn()
    assert node.get()["status"]["phase"] == "Succeeded"
    assert node.container("web", "side").state is ContainerState.EXITED


def test_the_others_wait_for_a_sidecars_startup_probe(node: Any) -> None:
    node.runtime.answers["up"] = ExecResult(1, b"")
    node.run(make_pod(initContainers=[make("side", restartPolicy="Always", startupProbe=exec_probe("up", failureThreshold=10))]))
    node.advance(15)
    assert verbs(node) == ["start side"]
    node.runtime.answers["up"] = ExecResult(0, b"")
    node.advance(10)
    assert verbs(node) == ["start side", "start main"]


def test_a_readiness_probe_decides_whether_the_pod_is_ready(node: Any) -> None:
    node.runtime.answers["ready"] = ExecResult(1, b"no\n")
    node.run(make_pod(make(readinessProbe=exec_probe("ready"))))
    node.advance(1)
    assert node.condition("Ready") == "False"
    node.runtime.answers["ready"] = ExecResult(0, b"")
    node.advance(10)
    assert node.condition("Ready") == "True"
    node.runtime.answers["ready"] = ExecResult(1, b"")
    node.advance(20)
    assert node.condition("Ready") == "True"
    node.advance(10)
    assert node.condition("Ready") == "False"
    assert node.entry()["restartCount"] == 0
    assert node.said("Readiness probe failed: no")


def test_a_failing_liveness_probe_restarts_the_container(node: Any) -> None:
    node.run(make_pod(make(livenessProbe=exec_probe("alive"))))
    node.advance(30)
    assert node.entry()["restartCount"] == 0
    node.runtime.answers["alive"] = ExecResult(1, b"")
    node.advance(25)
    assert node.entry()["restartCount"] == 0
    node.advance(10)
    assert node.entry()["restartCount"] == 1
    assert node.said("Container main failed liveness probe, will be restarted")


def test_a_startup_probe_holds_the_others_back_and_ends_what_never_starts(node: Any) -> None:
    node.runtime.answers["up"] = ExecResult(1, b"")
    commands = {"startupProbe": "up", "livenessProbe": "alive", "readinessProbe": "ready"}
    probes: dict[str, Any] = {kind: exec_probe(command) for kind, command in commands.items()}
    node.run(make_pod(make(**probes)))
    node.advance(15)
    asked = {name for verb, name in node.runtime.calls if verb == "exec"}
    assert asked == {"up"}
    assert node.entry()["started"] is False
    node.advance(10)
    assert node.entry()["restartCount"] == 1
    node.runtime.answers["up"] = ExecResult(0, b"")
    node.advance(15)
    assert node.entry()["started"] is True
    assert node.condition("Ready") == "True"


def test_a_probe_waits_for_its_initial_delay(node: Any) -> None:
    node.run(make_pod(make(livenessProbe=exec_probe("alive", initialDelaySeconds=30))))
    node.advance(29)
    assert ("exec", "alive") not in node.runtime.calls
    node.advance(2)
    assert ("exec", "alive") in node.runtime.calls


def test_a_probe_of_a_kind_that_is_not_offered_is_said_and_concludes_nothing(node: Any) -> None:
    node.run(make_pod(make(livenessProbe={"grpc": {"port": 1}, "periodSeconds": 1})))
    node.advance(30)
    assert node.entry()["restartCount"] == 0
    assert node.said("does not offer grpc probes")


def test_probes_end_with_their_container(node: Any) -> None:
    node.run(make_pod(make(livenessProbe=exec_probe("alive"))))
    node.delete()
    calls = len(node.runtime.calls)
    node.advance(100)
    assert len(node.runtime.calls) == calls


def test_a_pre_stop_hook_comes_before_the_signal(node: Any) -> None:
    node.run(make_pod(make("main", lifecycle={"preStop": {"exec": {"command": ["bye"]}}})))
    node.delete()
    calls = [call for call in node.runtime.calls if call[0] in ("exec", "SIGTERM")]
    assert calls == [("exec", "bye"), ("SIGTERM", "main")]
    assert node.gone()


def test_a_sleeping_pre_stop_hook_delays_the_signal_without_a_thread(node: Any) -> None:
    node.run(make_pod(make("main", lifecycle={"preStop": {"sleep": {"seconds": 5}}})))
    node.delete()
    node.advance(4)
    assert ("SIGTERM", "main") not in node.runtime.calls
    node.advance(2)
    assert node.gone()


def test_a_failing_pre_stop_hook_is_said_and_changes_nothing(node: Any) -> None:
    node.runtime.answers["bye"] = ExecResult(1, b"oh")
    node.run(make_pod(make("main", lifecycle={"preStop": {"exec": {"command": ["bye"]}}})))
    node.delete()
    assert node.gone()
    assert "FailedPreStopHook" in node.reasons("Warning")


def test_a_post_start_hook_that_fails_ends_the_container(node: Any) -> None:
    node.runtime.answers["hello"] = ExecResult(1, b"no")
    node.run(make_pod(make("main", lifecycle={"postStart": {"exec": {"command": ["hello"]}}})))
    node.turn()
    assert "FailedPostStartHook" in node.reasons("Warning")
    assert ("SIGTERM", "main") in node.runtime.calls


def test_a_container_is_not_ready_before_its_post_start_hook_has_ended(node: Any) -> None:
    node.run(make_pod(make("main", lifecycle={"postStart": {"sleep": {"seconds": 5}}})))
    assert node.condition("Ready") == "False"
    node.advance(6)
    assert node.condition("Ready") == "True"


def test_a_readiness_gate_holds_the_pod_back(node: Any) -> None:
    node.run(make_pod(readinessGates=[{"conditionType": "example.com/gate"}]))
    assert (node.condition("ContainersReady"), node.condition("Ready")) == ("True", "False")
    obj = node.get()
    conditions = [*obj["status"]["conditions"], {"type": "example.com/gate", "status": "True"}]
    node.client.put(PODS, {**obj, "status": {**obj["status"], "conditions": conditions}})
    node.turn()
    assert node.condition("Ready") == "True"


def test_who_is_not_ready_in_the_moment_of_its_start_is_asked_again_soon(node: Any) -> None:
    node.runtime.answers["ready"] = ExecResult(1, b"")
    node.run(make_pod(make(readinessProbe=exec_probe("ready"))))
    node.advance(0)
    node.runtime.answers["ready"] = ExecResult(0, b"")
    node.advance(0.2)
    assert node.condition("Ready") == "True"


def test_the_extra_questions_end_within_the_first_period_and_count_only_when_they_succeed(node: Any) -> None:
    node.runtime.answers["up"] = ExecResult(1, b"")
    node.run(make_pod(make(startupProbe=exec_probe("up"))))
    node.advance(19)
    asked = [call for call in node.runtime.calls if call[0] == "exec"]
    assert 3 <= len(asked) <= 8
    assert node.entry()["restartCount"] == 0
    assert len([reason for reason in node.reasons() if reason == "Unhealthy"]) == 2
