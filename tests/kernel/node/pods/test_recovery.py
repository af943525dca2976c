"""A new agent finds what the last one left, and clears away what nobody wants."""

from typing import Any

from kubernel.ports.runtime import ContainerState
from kubernel.types.well_known import PODS
from node_pods import make, make_pod


def test_a_running_pod_is_taken_up_again_untouched(node: Any) -> None:
    node.run(make_pod())
    before = node.get()["status"]
    writes = len(node.client.calls)
    node.restart()
    node.advance(100)
    assert node.get()["status"] == before
    assert node.runtime.calls == []
    assert node.client.calls[writes:] == []


def test_restart_counts_go_on_where_they_were(node: Any) -> None:
    node.run(make_pod())
    node.runtime.finish("web", "main", 1)
    node.turn()
    node.restart()
    node.runtime.finish("web", "main", 1)
    node.turn()
    assert node.entry()["restartCount"] == 2


def test_an_end_that_nobody_saw_is_acted_on(node: Any) -> None:
    node.run(make_pod())
    node.runtime.close(leave_running=True)
    node.runtime.finish("web", "main", 5)
    node.restart()
    assert node.entry()["restartCount"] == 1
    assert node.entry()["lastState"]["terminated"]["exitCode"] == 5


def test_a_pod_that_was_deleted_meanwhile_is_ended(node: Any) -> None:
    node.run(make_pod(make("main", "stubborn")))
    node.loop.stop()
    node.client.delete(PODS, "web", "default")
    node.restart()
    node.advance(3)
    assert node.runtime.sandboxes() == []


def test_a_ready_pod_stays_ready_while_its_probes_begin_anew(node: Any) -> None:
    node.run(make_pod(make(readinessProbe={"exec": {"command": ["ready"]}, "periodSeconds": 10})))
    node.advance(1)
    assert node.condition("Ready") == "True"
    node.restart()
    assert node.condition("Ready") == "True"


def test_addresses_in_use_are_not_given_again(node: Any) -> None:
    node.run(make_pod(name="a"))
    node.restart()
    assert node.run(make_pod(name="b"))["status"]["podIP"] == "127.64.0.2"


def test_containers_that_the_runtime_has_forgotten_are_counted_by_the_status(node: Any) -> None:
    node.run(make_pod())
    node.host.sandboxes.clear()
    node.host.containers.clear()
    node.restart()
    assert node.entry()["restartCount"] == 1
    assert node.get()["status"]["phase"] == "Running"


def test_a_pod_that_is_never_restarted_does_not_run_twice(node: Any) -> None:
    node.run(make_pod(restartPolicy="Never"))
    node.host.sandboxes.clear()
    node.host.containers.clear()
    node.restart()
    assert node.get()["status"]["phase"] == "Failed"
    assert node.runtime.calls == []


def test_a_change_that_the_runtime_did_not_tell_is_found_by_asking(node: Any) -> None:
    node.run(make_pod())
    node.advance(6)
    node.runtime._callbacks.clear()
    node.runtime.finish("web", "main", 1)
    node.turn()
    assert node.entry()["restartCount"] == 0
    node.advance(6)
    assert node.entry()["restartCount"] == 1


def test_directories_of_nobodys_pods_are_cleared_away(node: Any) -> None:
    node.run(make_pod())
    (node.directory / "pods" / "uid-gone" / "volumes").mkdir(parents=True)
    (node.directory / "logs" / "pods" / "default_x_uid-gone").mkdir(parents=True)
    node.housekeeping.clear_leftovers()
    assert [path.name for path in (node.directory / "pods").iterdir()] == ["uid-web"]
    assert [path.name for path in (node.directory / "logs" / "pods").iterdir()] == ["default_web_uid-web"]


def test_large_logs_are_rotated_and_the_oldest_go(node: Any) -> None:
    node.run(make_pod())
    container = node.container()
    for _ in range(5):
        for _ in range(30):
            node.runtime.write(container.id, "x" * 50)
        node.advance(11)
    log = node.directory / "logs" / "pods" / "default_web_uid-web" / "main"
    assert len(list(log.iterdir())) == 2
    assert ("reopen_log", "main") in node.runtime.calls
    assert node.container().state is ContainerState.RUNNING


def test_logs_are_found_by_run(node: Any) -> None:
    node.run(make_pod())
    path, growing = node.logs.log_of("default", "web", "main", previous=False)
    assert path.name == "0.log"
    assert growing()
    node.runtime.finish("web", "main", 1)
    node.turn()
    assert not growing()
    assert node.logs.log_of("default", "web", "main", previous=False)[0].name == "1.log"
    assert node.logs.log_of("default", "web", "main", previous=True)[0].name == "0.log"
