"""Deployments over the real registry, together with their replica sets: rollouts, scaling, pausing, history, progress."""

from collections.abc import Iterator
from typing import Any

import pytest

from kubernel.testing.controllers import ControllerWorld
from kubernel.types.conditions import find_condition
from kubernel.types.json import Object
from workloads_world import DEPLOYMENTS, PODS, REPLICA_SETS, deployment, template, workloads_world

KEY = "default/web"


@pytest.fixture
def world() -> Iterator[ControllerWorld]:
    world = workloads_world()
    yield world
    world.close()


def create(world: ControllerWorld, **changes: Any) -> None:
    world.client.create(DEPLOYMENTS, deployment(**changes))
    world.settle()


def finish(world: ControllerWorld, rounds: int = 50) -> None:
    """Let nodes start and end pods until the rollout rests."""
    for _ in range(rounds):
        before = world.store.revision()
        world.start_pods().settle()
        if world.store.revision() == before:
            return
    raise AssertionError("the rollout never comes to rest")


def change(world: ControllerWorld, **spec: Any) -> None:
    world.client.patch(DEPLOYMENTS, "web", {"spec": spec}, "default")
    world.settle()


def get(world: ControllerWorld) -> Object:
    return world.get(DEPLOYMENTS, KEY)


def sets(world: ControllerWorld) -> dict[str, int]:
    """Image and size of each replica set."""
    return {
        found["spec"]["template"]["spec"]["containers"][0]["image"]: found["spec"]["replicas"]
        for found in world.client.list(REPLICA_SETS, "default").items
    }


def revisions(world: ControllerWorld) -> dict[str, str]:
    return {
        found["spec"]["template"]["spec"]["containers"][0]["image"]: found["metadata"]["annotations"][
            "deployment.kubernetes.io/revision"
        ]
        for found in world.client.list(REPLICA_SETS, "default").items
    }


def progressing(world: ControllerWorld) -> tuple[str, str]:
    found = find_condition(get(world), "Progressing")
    return (found["status"], found["reason"]) if found else ("", "")


def images(world: ControllerWorld) -> list[str]:
    return sorted(pod["spec"]["containers"][0]["image"] for pod in world.pods())


def test_a_new_deployment_makes_a_replica_set_with_its_hash_and_revision(world: ControllerWorld) -> None:
    create(world)
    (made,) = world.client.list(REPLICA_SETS, "default").items
    hashed = made["metadata"]["labels"]["pod-template-hash"]
    assert made["metadata"]["name"] == f"web-{hashed}"
    assert made["spec"]["selector"]["matchLabels"] == {"app": "web", "pod-template-hash": hashed}
    assert {pod["metadata"]["labels"]["pod-template-hash"] for pod in world.pods()} == {hashed}
    annotations = made["metadata"]["annotations"]
    assert annotations["deployment.kubernetes.io/revision"] == "1"
    assert annotations["deployment.kubernetes.io/desired-replicas"] == "3"
    assert annotations["deployment.kubernetes.io/max-replicas"] == "4"
    assert get(world)["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    assert world.messages("ScalingReplicaSet") == [f"Scaled up replica set web-{hashed} from 0 to 3"]


def test_progress_is_told_from_creation_to_completion(world: ControllerWorld) -> None:
    create(world)
    assert progressing(world) == ("True", "ReplicaSetUpdated")
    available = find_condition(get(world), "Available")
    assert available is not None
    assert (available["status"], available["reason"]) == ("False", "MinimumReplicasUnavailable")
    finish(world)
    status = get(world)["status"]
    assert progressing(world) == ("True", "NewReplicaSetAvailable")
    counts = {name: count for name, count in status.items() if name != "conditions"}
    wanted = {"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3}
    assert counts == wanted
    message = find_condition(get(world), "Progressing")
    assert message is not None
    assert message["message"] == f'ReplicaSet "{world.names(REPLICA_SETS)[0]}" has successfully progressed.'


def test_a_rolling_update_ends_with_the_new_pods_alone(world: ControllerWorld) -> None:
    create(world)
    finish(world)
    change(world, template=template("web:2"))
    assert sets(world) == {"web:1": 3, "web:2": 1}
    finish(world)
    assert sets(world) == {"web:1": 0, "web:2": 3}
    assert images(world) == ["web:2"] * 3
    assert revisions(world) == {"web:1": "1", "web:2": "2"}
    assert progressing(world) == ("True", "NewReplicaSetAvailable")
    assert get(world)["status"]["observedGeneration"] == get(world)["metadata"]["generation"]


def test_a_rolling_update_of_pods_that_never_become_ready_stops_in_time(world: ControllerWorld) -> None:
    create(world, progressDeadlineSeconds=60)
    finish(world)
    change(world, template=template("broken:1"))
    assert sets(world) == {"web:1": 3, "broken:1": 1}
    world.advance(62)
    assert progressing(world) == ("False", "ProgressDeadlineExceeded")
    assert sets(world) == {"web:1": 3, "broken:1": 1}
    change(world, template=template("web:3"))
    finish(world)
    assert sets(world) == {"web:1": 0, "broken:1": 0, "web:3": 3}
    assert progressing(world) == ("True", "NewReplicaSetAvailable")


def test_surge_and_unavailable_bound_the_first_step(world: ControllerWorld) -> None:
    create(world, replicas=10, strategy={"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 3}})
    finish(world)
    change(world, template=template("web:2"))
    assert sets(world) == {"web:1": 7, "web:2": 5}


def test_rolling_back_takes_the_old_replica_set_up_again_with_a_new_revision(world: ControllerWorld) -> None:
    create(world)
    finish(world)
    change(world, template=template("web:2"))
    finish(world)
    change(world, template=template("web:1"))
    finish(world)
    assert sets(world) == {"web:1": 3, "web:2": 0}
    assert revisions(world) == {"web:1": "3", "web:2": "2"}
    back = next(s for s in world.client.list(REPLICA_SETS, "default").items if s["spec"]["replicas"])
    assert back["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"


def test_recreate_ends_every_old_pod_before_the_first_new_one(world: ControllerWorld) -> None:
    create(world, strategy={"type": "Recreate"})
    for name in world.names(PODS):
        binding = {"metadata": {"name": name}, "target": {"kind": "Node", "name": "n1"}}
        world.client.create(PODS, binding, "default", name=name, subresource="binding")
    finish(world)
    change(world, template=template("web:2"))
    assert images(world) == ["web:1"] * 3
    assert all(pod["metadata"].get("deletionTimestamp") for pod in world.pods())
    finish(world)
    assert images(world) == ["web:2"] * 3
    assert progressing(world) == ("True", "NewReplicaSetAvailable")


def test_scaling_a_finished_deployment_scales_its_replica_set(world: ControllerWorld) -> None:
    create(world)
    finish(world)
    change(world, replicas=5)
    assert sets(world) == {"web:1": 5}
    finish(world)
    change(world, replicas=0)
    assert sets(world) == {"web:1": 0}
    assert world.pods() == []
    assert revisions(world) == {"web:1": "1"}


def test_scaling_in_the_middle_of_a_rollout_is_shared_in_proportion(world: ControllerWorld) -> None:
    create(world, replicas=10, strategy={"rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}})
    finish(world)
    change(world, template=template("web:2"))
    assert sets(world) == {"web:1": 8, "web:2": 5}
    world.client.patch(DEPLOYMENTS, "web", {"spec": {"replicas": 15}}, "default")
    world.run()
    assert sets(world) == {"web:1": 11, "web:2": 7}


def test_a_paused_deployment_scales_but_does_not_roll(world: ControllerWorld) -> None:
    create(world)
    finish(world)
    change(world, paused=True)
    assert progressing(world) == ("Unknown", "DeploymentPaused")
    change(world, template=template("web:2"), replicas=4)
    assert sets(world) == {"web:1": 4}
    change(world, paused=None)
    finish(world)
    assert sets(world) == {"web:1": 0, "web:2": 4}
    assert progressing(world) == ("True", "NewReplicaSetAvailable")


def test_old_replica_sets_beyond_the_history_limit_go(world: ControllerWorld) -> None:
    create(world, revisionHistoryLimit=1)
    finish(world)
    for number in (2, 3, 4):
        change(world, template=template(f"web:{number}"))
        finish(world)
    assert sets(world) == {"web:3": 0, "web:4": 3}


def test_a_name_that_is_taken_by_a_stranger_is_counted_and_avoided(world: ControllerWorld) -> None:
    create(world)
    (first,) = world.names(REPLICA_SETS)
    world.client.delete(DEPLOYMENTS, "web", "default", propagation="Orphan")
    other = world.get(REPLICA_SETS, f"default/{first}")
    orphaned = {**other, "metadata": {**other["metadata"], "labels": {"other": "x"}, "ownerReferences": None}}
    world.client.update(REPLICA_SETS, orphaned)
    world.client.patch(DEPLOYMENTS, "web", {"metadata": {"finalizers": None}}, "default")
    world.settle()
    world.client.create(DEPLOYMENTS, deployment())
    world.run()
    world.advance(2)
    world.failures.clear()
    world.settle()
    assert get(world)["status"]["collisionCount"] == 1
    assert len(world.names(REPLICA_SETS)) == 2


def test_annotations_of_the_deployment_go_to_the_newest_replica_set(world: ControllerWorld) -> None:
    made = deployment()
    made["metadata"]["annotations"] = {
        "kubernetes.io/change-cause": "first",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
    }
    world.client.create(DEPLOYMENTS, made)
    world.settle()
    (found,) = world.client.list(REPLICA_SETS, "default").items
    assert found["metadata"]["annotations"]["kubernetes.io/change-cause"] == "first"
    assert "kubectl.kubernetes.io/last-applied-configuration" not in found["metadata"]["annotations"]


def test_minimum_ready_seconds_hold_the_rollout_back(world: ControllerWorld) -> None:
    create(world, replicas=2, minReadySeconds=30, strategy={"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}})
    finish(world)
    world.advance(31)
    change(world, template=template("web:2"))
    finish(world)
    assert sets(world) == {"web:1": 2, "web:2": 1}
    world.advance(31)
    finish(world)
    assert sets(world) == {"web:1": 1, "web:2": 2}


def test_a_rollout_at_rest_writes_nothing(world: ControllerWorld) -> None:
    create(world)
    finish(world)
    before = world.store.revision()
    world.advance(1200)
    assert world.store.revision() == before
