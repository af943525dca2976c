"""Replica sets over the real registry: the number of pods follows what is wanted, whatever happens to them."""

from collections.abc import Iterator
from typing import Any

import pytest

from kubernel.errors import ForbiddenError
from kubernel.testing.controllers import ControllerWorld
from kubernel.types.conditions import find_condition
from kubernel.types.json import Object
from workloads_world import PODS, REPLICA_SETS, bare_pod, replica_set, template, workloads_world

KEY = "default/web"


@pytest.fixture
def world() -> Iterator[ControllerWorld]:
    world = workloads_world()
    yield world
    world.close()


def create(world: ControllerWorld, **changes: Any) -> Object:
    made = world.client.create(REPLICA_SETS, replica_set(**changes))
    world.settle()
    return made


def scale(world: ControllerWorld, replicas: int) -> None:
    world.client.patch(REPLICA_SETS, "web", {"spec": {"replicas": replicas}}, "default")
    world.settle()


def status(world: ControllerWorld) -> Object:
    found: Object = world.get(REPLICA_SETS, KEY).get("status") or {}
    return found


def test_it_creates_as_many_pods_as_are_wanted_and_owns_them(world: ControllerWorld) -> None:
    made = create(world)
    pods = world.pods()
    assert len(pods) == 3
    for pod in pods:
        assert pod["metadata"]["name"].startswith("web-")
        owner = pod["metadata"]["ownerReferences"][0]
        assert (owner["kind"], owner["uid"], owner["controller"]) == ("ReplicaSet", made["metadata"]["uid"], True)
    assert len(world.messages("SuccessfulCreate")) == 3
    assert status(world) == {"replicas": 3, "fullyLabeledReplicas": 3, "observedGeneration": 1}


def test_a_pod_that_is_deleted_is_replaced(world: ControllerWorld) -> None:
    create(world)
    world.client.delete(PODS, world.names(PODS)[0], "default")
    world.settle()
    assert len(world.pods()) == 3


def test_a_finished_pod_is_replaced_and_left_in_place(world: ControllerWorld) -> None:
    create(world)
    world.set_status(PODS, f"default/{world.names(PODS)[0]}", {"phase": "Failed"})
    world.settle()
    assert len(world.pods()) == 4
    assert status(world)["replicas"] == 3


def test_it_shrinks_by_the_pods_that_are_missed_least(world: ControllerWorld) -> None:
    create(world)
    kept = world.names(PODS)[1]
    world.set_ready(f"default/{kept}")
    world.settle()
    scale(world, 1)
    assert world.names(PODS) == [kept]
    assert len(world.messages("SuccessfulDelete")) == 2


def test_status_counts_ready_and_available_pods(world: ControllerWorld) -> None:
    create(world, minReadySeconds=10)
    world.start_pods().settle()
    assert status(world)["readyReplicas"] == 3
    assert "availableReplicas" not in status(world)
    world.advance(11)
    assert status(world)["availableReplicas"] == 3


def test_it_does_not_create_twice_while_its_copy_lags_behind(world: ControllerWorld) -> None:
    world.client.create(REPLICA_SETS, replica_set())
    world.dispatch.run()
    loop = next(loop for loop in world.loops if loop.name == "replicaset")
    for _ in range(3):
        # The informer is not turned: the controller sees no pod, though it has made three.
        loop.work(KEY)
    assert len(world.pods()) == 3
    world.settle()
    assert len(world.pods()) == 3


def test_it_does_not_delete_twice_while_its_copy_lags_behind(world: ControllerWorld) -> None:
    create(world)
    world.client.patch(REPLICA_SETS, "web", {"spec": {"replicas": 2}}, "default")
    world.dispatch.run()
    loop = next(loop for loop in world.loops if loop.name == "replicaset")
    for _ in range(3):
        loop.work(KEY)
    assert len(world.pods()) == 2
    world.settle()
    assert len(world.pods()) == 2


def test_it_adopts_matching_orphans(world: ControllerWorld) -> None:
    world.client.create(PODS, bare_pod("orphan"))
    world.client.create(PODS, bare_pod("stranger", {"app": "other"}))
    made = create(world, replicas=2)
    assert len(world.pods()) == 3
    owner = world.get(PODS, "default/orphan")["metadata"]["ownerReferences"][0]
    assert owner["uid"] == made["metadata"]["uid"]
    assert "ownerReferences" not in world.get(PODS, "default/stranger")["metadata"]


def test_it_lets_go_of_a_pod_whose_labels_no_longer_match(world: ControllerWorld) -> None:
    create(world)
    name = world.names(PODS)[0]
    world.client.patch(PODS, name, {"metadata": {"labels": {"app": "debug"}}}, "default")
    world.settle()
    assert len(world.pods()) == 4
    assert not world.get(PODS, f"default/{name}")["metadata"].get("ownerReferences")


def test_a_pod_of_another_controller_is_left_alone(world: ControllerWorld) -> None:
    pod = bare_pod("owned")
    owner = {"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u", "controller": True}
    pod["metadata"]["ownerReferences"] = [owner]
    world.client.create(PODS, pod)
    create(world, replicas=1)
    assert len(world.pods()) == 2


def test_a_deleted_replica_set_creates_nothing_more(world: ControllerWorld) -> None:
    create(world)
    world.client.delete(REPLICA_SETS, "web", "default", propagation="Foreground")
    world.settle()
    for name in world.names(PODS):
        world.client.delete(PODS, name, "default")
    world.settle()
    assert world.pods() == []


def test_a_refused_creation_shows_in_a_condition_and_the_other_ninety_nine_are_not_tried(
    world: ControllerWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    real = world.client.create

    def refuse(*arguments: object, **named: object) -> Object:
        tries.append(1)
        raise ForbiddenError("exceeded quota")

    monkeypatch.setattr(world.client, "create", refuse)
    real(REPLICA_SETS, replica_set(replicas=100))
    world.run()
    assert len(tries) <= 2  # one for the first look, one for the look that the condition's own change wakes
    failure = find_condition(world.get(REPLICA_SETS, KEY), "ReplicaFailure")
    assert failure is not None
    assert (failure["status"], failure["reason"], failure["message"]) == ("True", "FailedCreate", "exceeded quota")
    assert set(world.messages("FailedCreate")) == {"Error creating: exceeded quota"}
    monkeypatch.undo()
    world.failures.clear()
    world.settle()
    assert len(world.pods()) == 100
    assert find_condition(world.get(REPLICA_SETS, KEY), "ReplicaFailure") is None


def test_a_template_with_annotations_passes_them_on(world: ControllerWorld) -> None:
    made = template()
    made["metadata"]["annotations"] = {"note": "x"}
    create(world, replicas=1, template=made)
    assert world.pods()[0]["metadata"]["annotations"] == {"note": "x"}
