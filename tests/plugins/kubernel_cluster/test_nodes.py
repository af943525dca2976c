"""Nodes that fall silent, pods that leave them, ranges that they get, over the real registry."""

from collections.abc import Iterator

import pytest

from cluster_world import add_node, add_pod, beat, cluster_world, pod
from kubernel.errors import ConfigurationError, NotFoundError
from kubernel.testing.controllers import ControllerWorld
from kubernel.types.conditions import find_condition
from kubernel.types.json import Object
from kubernel.types.pods import is_ready
from kubernel.types.well_known import NAMESPACES, NODES, PODS
from kubernel_cluster.nodes.eviction import TaintEviction
from kubernel_cluster.nodes.lifecycle import NodeLifecycle
from kubernel_cluster.nodes.ranges import NodeRanges
from kubernel_cluster.nodes.taints import leaves_in, tolerates
from kubernel_cluster.pods.collector import PodCollector


@pytest.fixture
def world() -> Iterator[ControllerWorld]:
    world = cluster_world(NodeLifecycle, TaintEviction, PodCollector, terminated_pod_threshold=2)
    world.client.create(NAMESPACES, {"metadata": {"name": "kube-node-lease"}})
    world.run()
    yield world
    world.close()


def alive(world: ControllerWorld, seconds: int) -> None:
    """Let time pass with a heartbeat every ten seconds."""
    for _ in range(seconds // 10):
        beat(world)
        world.advance(10)


def taints(world: ControllerWorld) -> set[tuple[str, str]]:
    return {
        (t["key"].removeprefix("node.kubernetes.io/"), t["effect"]) for t in world.get(NODES, "n1")["spec"].get("taints") or ()
    }


def status(world: ControllerWorld, kind: str = "Ready") -> tuple[str, str]:
    found = find_condition(world.get(NODES, "n1"), kind)
    assert found is not None
    return found["status"], found["reason"]


def test_a_node_that_renews_its_lease_stays_ready(world: ControllerWorld) -> None:
    add_node(world)
    alive(world, 300)
    assert status(world) == ("True", "KubeletReady")
    assert taints(world) == set()


def test_a_silent_node_becomes_unknown_and_is_tainted(world: ControllerWorld) -> None:
    add_node(world)
    alive(world, 60)
    world.advance(29)
    assert status(world)[0] == "True"
    world.advance(12)
    assert status(world) == ("Unknown", "NodeStatusUnknown")
    assert status(world, "MemoryPressure") == ("Unknown", "NodeStatusNeverUpdated")
    assert taints(world) == {("unreachable", "NoSchedule"), ("unreachable", "NoExecute")}
    assert world.messages("NodeNotReady") == ["Node n1 status is now: NodeNotReady"]


def test_a_node_that_comes_back_loses_its_taints(world: ControllerWorld) -> None:
    add_node(world)
    world.advance(45)
    assert taints(world) == {("unreachable", "NoSchedule"), ("unreachable", "NoExecute")}
    beat(world)
    condition = {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": "2026-01-01T01:00:00Z"}
    world.set_status(NODES, "n1", {"conditions": [condition]})
    world.run()
    assert taints(world) == set()


def test_a_node_that_says_that_it_is_not_ready_is_tainted_so(world: ControllerWorld) -> None:
    add_node(world, ready="False")
    world.settle()
    assert taints(world) == {("not-ready", "NoSchedule"), ("not-ready", "NoExecute")}


def test_cordoned_nodes_and_nodes_under_pressure_are_tainted(world: ControllerWorld) -> None:
    add_node(world, spec={"unschedulable": True, "taints": [{"key": "mine", "effect": "NoSchedule"}]})
    conditions = [
        {"type": "Ready", "status": "True", "reason": "KubeletReady"},
        {"type": "DiskPressure", "status": "True", "reason": "Full"},
    ]
    world.set_status(NODES, "n1", {"conditions": conditions})
    world.settle()
    assert taints(world) == {("mine", "NoSchedule"), ("unschedulable", "NoSchedule"), ("disk-pressure", "NoSchedule")}
    world.client.patch(NODES, "n1", {"spec": {"unschedulable": None}})
    world.settle()
    assert taints(world) == {("mine", "NoSchedule"), ("disk-pressure", "NoSchedule")}


def test_pods_of_a_silent_node_are_not_ready_and_leave_after_their_toleration(world: ControllerWorld) -> None:
    add_node(world)
    add_pod(world, "a", "127.64.0.2", node="n1")
    forever = [{"operator": "Exists"}]
    add_pod(world, "stays", "127.64.0.3", node="n1", tolerations=forever)
    world.advance(41)
    assert not is_ready(world.get(PODS, "default/a"))
    assert not world.get(PODS, "default/a")["metadata"].get("deletionTimestamp")
    world.advance(301)
    leaving = world.get(PODS, "default/a")
    assert leaving["metadata"]["deletionTimestamp"]
    target = find_condition(leaving, "DisruptionTarget")
    assert target is not None
    assert target["reason"] == "DeletionByTaintManager"
    assert world.messages("TaintManagerEviction") == ["Marking for deletion Pod default/a"]
    assert not world.get(PODS, "default/stays")["metadata"].get("deletionTimestamp")


def test_a_taint_that_is_not_tolerated_drives_pods_away_at_once(world: ControllerWorld) -> None:
    add_node(world)
    add_pod(world, "a", "127.64.0.2", node="n1")
    world.settle()
    world.client.patch(NODES, "n1", {"spec": {"taints": [{"key": "maintenance", "effect": "NoExecute"}]}})
    world.settle()
    assert world.get(PODS, "default/a")["metadata"]["deletionTimestamp"]


def test_a_taint_that_goes_in_time_lets_pods_stay(world: ControllerWorld) -> None:
    add_node(world)
    tolerations = [{"key": "maintenance", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}]
    add_pod(world, "a", "127.64.0.2", node="n1", tolerations=tolerations)
    taint = {"key": "maintenance", "effect": "NoExecute", "timeAdded": "2026-01-01T00:00:00Z"}
    world.client.patch(NODES, "n1", {"spec": {"taints": [taint]}})
    alive(world, 30)
    world.client.patch(NODES, "n1", {"spec": {"taints": None}})
    alive(world, 100)
    assert not world.get(PODS, "default/a")["metadata"].get("deletionTimestamp")


def test_pods_of_a_deleted_node_are_removed_after_a_while(world: ControllerWorld) -> None:
    add_node(world)
    add_pod(world, "a", "127.64.0.2", node="n1")
    alive(world, 20)
    world.client.delete(NODES, "n1")
    world.run()
    world.advance(30)
    assert world.names(PODS) == ["a"]
    world.advance(40)
    assert world.names(PODS) == []


def test_a_terminating_pod_without_a_node_is_removed(world: ControllerWorld) -> None:
    held = pod("a")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    world.client.create(PODS, held)
    world.client.delete(PODS, "a", "default")
    world.client.patch(PODS, "a", {"metadata": {"finalizers": None}}, "default")
    world.advance(21)
    assert world.names(PODS) == []


def test_of_too_many_finished_pods_the_oldest_go(world: ControllerWorld) -> None:
    for name in ("a", "b", "c", "d"):
        world.client.create(PODS, pod(name))
        world.set_status(PODS, f"default/{name}", {"phase": "Succeeded"})
        world.clock.advance(1)
    world.advance(21)
    assert world.names(PODS) == ["c", "d"]


@pytest.fixture
def ranges() -> Iterator[ControllerWorld]:
    world = cluster_world(NodeRanges, pod_cidr="127.64.0.0/22")
    yield world
    world.close()


def test_every_node_gets_a_range_of_its_own_until_there_is_none(ranges: ControllerWorld) -> None:
    add_node(ranges, "taken", spec={"podCIDR": "127.64.1.0/24"})
    for name in ("a", "b", "c"):
        add_node(ranges, name)
    ranges.run()
    given = [ranges.get(NODES, name)["spec"]["podCIDR"] for name in ("a", "b", "c")]
    assert given == ["127.64.0.0/24", "127.64.2.0/24", "127.64.3.0/24"]
    assert ranges.get(NODES, "a")["spec"]["podCIDRs"] == ["127.64.0.0/24"]
    add_node(ranges, "late")
    ranges.run()
    assert ranges.messages("CIDRNotAvailable") == ["Node late status is now: CIDRNotAvailable"]
    ranges.client.delete(NODES, "b")
    ranges.advance(61)
    assert ranges.get(NODES, "late")["spec"]["podCIDR"] == "127.64.2.0/24"


def test_a_range_that_cannot_be_split_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="cannot be split into ranges of /24"):
        cluster_world(NodeRanges, pod_cidr="127.64.0.0/30")
    with pytest.raises(ConfigurationError, match="'nonsense' cannot be split"):
        cluster_world(NodeRanges, pod_cidr="nonsense")


def test_a_deleted_pod_of_a_missing_node_is_not_looked_for_twice(world: ControllerWorld) -> None:
    add_pod(world, "a", "127.64.0.2", node="never-was")
    world.advance(70)
    with pytest.raises(NotFoundError):
        world.get(PODS, "default/a")
    assert world.failures == []


TAINT: Object = {"key": "k", "value": "v", "effect": "NoExecute"}


@pytest.mark.parametrize(
    ("toleration", "matches"),
    [
        ({"operator": "Exists"}, True),
        ({"key": "k", "operator": "Exists"}, True),
        ({"key": "k", "value": "v"}, True),
        ({"key": "k", "operator": "Equal", "value": "v", "effect": "NoExecute"}, True),
        ({"key": "k", "value": "w"}, False),
        ({"key": "other", "operator": "Exists"}, False),
        ({"key": "k", "operator": "Exists", "effect": "NoSchedule"}, False),
    ],
)
def test_a_toleration_matches_by_key_value_and_effect(toleration: Object, matches: bool) -> None:
    assert tolerates(toleration, TAINT) is matches


def test_of_several_tolerations_the_shortest_counts(world: ControllerWorld) -> None:
    now = world.clock.now()
    taint = {**TAINT, "timeAdded": now.isoformat()}
    tolerations = [{"operator": "Exists", "tolerationSeconds": seconds} for seconds in (60, 30)]
    tolerations.append({"operator": "Exists"})
    assert leaves_in({"spec": {"tolerations": tolerations}}, [taint], now) == 30
    assert leaves_in({"spec": {"tolerations": [{"operator": "Exists"}]}}, [taint], now) is None
    assert leaves_in({"spec": {}}, [taint], now) == 0
