"""The default scheduler: the contract, and what is its own beyond it."""

from collections import Counter

import pytest

from kubernel.errors import ConfigurationError
from kubernel.ports.scheduler import Placement, Scheduler
from kubernel.testing.cluster_objects import make_node, make_pod
from kubernel.testing.contracts.scheduler import KubernetesSchedulerContract, decide, node_of, refusal
from kubernel.types.json import JSON, Object
from kubernel_scheduler import kubernel_open_scheduler
from kubernel_scheduler.config import SchedulerConfig
from kubernel_scheduler.scheduler import ArrayScheduler

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"


class TestArrayScheduler(KubernetesSchedulerContract):
    @pytest.fixture
    def scheduler(self) -> Scheduler:
        return ArrayScheduler(SchedulerConfig(seed=1))


@pytest.fixture
def scheduler() -> ArrayScheduler:
    return ArrayScheduler(SchedulerConfig(seed=1))


def zoned(scheduler: ArrayScheduler, zones: int = 3, nodes: int = 2) -> None:
    for index in range(zones * nodes):
        scheduler.set_node(make_node(f"n{index}", labels={ZONE: f"z{index % zones}"}))


def owned(name: str, owner: str = "rs", **spec: JSON) -> Object:
    pod = make_pod(name, labels={"app": "web"}, **spec)
    pod["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": owner, "uid": f"uid-{owner}", "controller": True}]
    return pod


def web(topology_key: str) -> Object:
    return {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": topology_key}


def test_the_hook_opens_the_default_scheduler_and_no_other() -> None:
    assert isinstance(kubernel_open_scheduler("default", {}), ArrayScheduler)
    assert kubernel_open_scheduler("other", {}) is None


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"weights": {"Luck": 1}}, "there is no score 'Luck'"),
        ({"weights": {"LeastAllocated": -1}}, "must be a number from 0 on"),
        ({"disabled_filters": ["Luck"]}, "there is no filter 'Luck'"),
    ],
)
def test_a_wrong_configuration_says_what_is_wrong(config: Object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        kubernel_open_scheduler("default", config)


def test_filters_can_be_left_out_and_weights_changed() -> None:
    scheduler = ArrayScheduler(SchedulerConfig.read({"disabled_filters": ["NodeResources"], "weights": {"SelectorSpread": 0}}))
    scheduler.set_node(make_node("a", cpu="1"))
    assert node_of(decide(scheduler, make_pod("web", cpu="2"))) == "a"


def test_siblings_are_spread_over_nodes_even_where_one_is_emptier(scheduler: ArrayScheduler) -> None:
    for name, cpu in (("a", "16"), ("b", "8"), ("c", "8")):
        scheduler.set_node(make_node(name, cpu=cpu))
    names = [node_of(decision) for decision in scheduler.schedule([owned(f"web-{n}", cpu="100m") for n in range(6)])]
    assert Counter(names) == {"a": 2, "b": 2, "c": 2}


def test_siblings_are_spread_over_zones_before_nodes(scheduler: ArrayScheduler) -> None:
    for name, zone in (("a", "z0"), ("b", "z0"), ("c", "z0"), ("d", "z1")):
        scheduler.set_node(make_node(name, labels={ZONE: zone}))
    names = [node_of(decision) for decision in scheduler.schedule([owned(f"web-{n}") for n in range(2)])]
    assert names.count("d") == 1


def test_pods_of_another_owner_do_not_count_as_siblings(scheduler: ArrayScheduler) -> None:
    scheduler.set_node(make_node("a", cpu="64", memory="64Gi"))
    scheduler.set_node(make_node("b"))
    names = {node_of(decide(scheduler, owned(f"web-{n}", owner=f"rs-{n}", cpu="100m"))) for n in range(4)}
    assert names == {"a"}


def test_preferred_node_affinity_beats_emptiness(scheduler: ArrayScheduler) -> None:
    scheduler.set_node(make_node("a", labels={"disk": "ssd"}))
    scheduler.set_node(make_node("b", labels={"disk": "hdd"}))
    scheduler.set_pod(make_pod("other", cpu="1", memory="2Gi", node_name="a"))
    preference = {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}
    affinity = {"nodeAffinity": {PREFERRED: [{"weight": 10, "preference": preference}]}}
    assert node_of(decide(scheduler, make_pod("web", affinity=affinity))) == "a"


def test_nodes_that_ask_to_be_avoided_are_avoided_until_the_rest_is_full(scheduler: ArrayScheduler) -> None:
    scheduler.set_node(make_node("a", taints=[{"key": "x", "effect": "PreferNoSchedule"}]))
    scheduler.set_node(make_node("b", pods=2))
    names = [node_of(decide(scheduler, make_pod(f"web-{n}"))) for n in range(3)]
    assert names == ["b", "b", "a"]


def test_pods_without_requests_still_fill_a_node_in_the_eyes_of_scores(scheduler: ArrayScheduler) -> None:
    scheduler.set_node(make_node("a"))
    scheduler.set_node(make_node("b"))
    names = [node_of(decision) for decision in scheduler.schedule([make_pod(f"web-{n}") for n in range(10)])]
    assert Counter(names) == {"a": 5, "b": 5}


def test_a_node_by_name_is_that_one(scheduler: ArrayScheduler) -> None:
    scheduler.set_node(make_node("a"))
    answer = refusal(decide(scheduler, make_pod("web", node_name="b")))
    assert answer.reasons == {"node(s) didn't match the requested node name": 1}
    scheduler.set_node(make_node("b"))
    assert node_of(decide(scheduler, make_pod("web", node_name="b"))) == "b"


def test_a_daemons_pod_finds_its_node_by_field(scheduler: ArrayScheduler) -> None:
    zoned(scheduler)
    field = {"key": "metadata.name", "operator": "In", "values": ["n4"]}
    affinity = {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [{"matchFields": [field]}]}}}
    assert node_of(decide(scheduler, make_pod("daemon", affinity=affinity))) == "n4"


def test_host_ports_on_different_addresses_do_not_meet(scheduler: ArrayScheduler) -> None:
    def pod(name: str, address: str) -> Object:
        port = {"containerPort": 80, "hostPort": 80, "hostIP": address}
        return make_pod(name, containers=[{"name": "c", "image": "x", "ports": [port]}])

    scheduler.set_node(make_node("a"))
    assert node_of(decide(scheduler, pod("one", "127.0.0.1"))) == "a"
    assert node_of(decide(scheduler, pod("two", "127.0.0.2"))) == "a"
    refusal(decide(scheduler, pod("all", "0.0.0.0")))


def test_required_spread_keeps_zones_within_the_skew(scheduler: ArrayScheduler) -> None:
    zoned(scheduler, zones=3, nodes=2)
    constraint = {"maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule", **web(ZONE)}
    decisions = scheduler.schedule([owned(f"web-{n}", topologySpreadConstraints=[constraint]) for n in range(9)])
    zones = Counter(int(node_of(decision)[1:]) % 3 for decision in decisions)
    assert zones == {0: 3, 1: 3, 2: 3}


def test_a_zone_that_is_full_holds_up_required_spread(scheduler: ArrayScheduler) -> None:
    scheduler.set_node(make_node("a", labels={ZONE: "z0"}))
    scheduler.set_node(make_node("b", labels={ZONE: "z1"}, pods=0))
    constraint = {"maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule", **web(ZONE)}
    pods = [owned(f"web-{n}", topologySpreadConstraints=[constraint]) for n in range(2)]
    first, second = scheduler.schedule(pods)
    assert node_of(first) == "a"
    answer = refusal(second)
    assert answer.reasons == {"Too many pods": 1, "node(s) didn't match pod topology spread constraints": 1}
    assert {"PodRemoved", "PodAdded", "NodeChanged", "NodeAdded"} <= answer.wakers


def test_preferred_spread_chooses_the_emptier_zone(scheduler: ArrayScheduler) -> None:
    zoned(scheduler, zones=2, nodes=3)
    constraint = {"maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway", **web(ZONE)}
    pods = [owned(f"web-{n}", topologySpreadConstraints=[constraint]) for n in range(8)]
    zones = Counter(int(node_of(decision)[1:]) % 2 for decision in scheduler.schedule(pods))
    assert zones == {0: 4, 1: 4}


def test_anti_affinity_gives_each_pod_a_host_of_its_own(scheduler: ArrayScheduler) -> None:
    zoned(scheduler, zones=3, nodes=1)
    affinity = {"podAntiAffinity": {REQUIRED: [web(HOST)]}}
    decisions = scheduler.schedule([owned(f"web-{n}", affinity=affinity) for n in range(4)])
    assert {node_of(decision) for decision in decisions[:3]} == {"n0", "n1", "n2"}
    assert refusal(decisions[3]).reasons == {"node(s) didn't match pod anti-affinity rules": 3}


def test_pods_that_are_there_keep_others_away(scheduler: ArrayScheduler) -> None:
    scheduler.set_node(make_node("a"))
    scheduler.set_pod(make_pod("hermit", node_name="a", affinity={"podAntiAffinity": {REQUIRED: [web(HOST)]}}))
    answer = refusal(decide(scheduler, make_pod("web", labels={"app": "web"})))
    assert answer.reasons == {"node(s) didn't satisfy existing pods anti-affinity rules": 1}
    assert node_of(decide(scheduler, make_pod("other", labels={"app": "other"}))) == "a"
    scheduler.remove_pod("default/hermit")
    assert node_of(decide(scheduler, make_pod("web", labels={"app": "web"}))) == "a"


def test_affinity_goes_where_company_is_and_the_first_may_go_anywhere(scheduler: ArrayScheduler) -> None:
    zoned(scheduler, zones=3, nodes=2)
    near = {"podAffinity": {REQUIRED: [web(ZONE)]}}
    answer = refusal(decide(scheduler, make_pod("lonely", labels={"app": "other"}, affinity=near)))
    assert answer.reasons == {"node(s) didn't match pod affinity rules": 6}
    decisions = scheduler.schedule([make_pod(f"web-{n}", labels={"app": "web"}, affinity=near) for n in range(5)])
    assert len({int(node_of(decision)[1:]) % 3 for decision in decisions}) == 1


@pytest.mark.parametrize(("kind", "together"), [("podAffinity", True), ("podAntiAffinity", False)])
def test_preferred_pod_affinity_draws_near_and_keeps_away(scheduler: ArrayScheduler, kind: str, together: bool) -> None:
    zoned(scheduler, zones=2, nodes=1)
    scheduler.set_pod(make_pod("first", labels={"app": "web"}, node_name="n1"))
    affinity = {kind: {PREFERRED: [{"weight": 100, "podAffinityTerm": web(ZONE)}]}}
    assert (node_of(decide(scheduler, make_pod("web", affinity=affinity))) == "n1") is together


def test_terms_reach_the_namespaces_that_they_name(scheduler: ArrayScheduler) -> None:
    scheduler.set_node(make_node("a"))
    scheduler.set_pod(make_pod("there", namespace="prod", labels={"app": "web"}, node_name="a"))
    for extra, refused in (({}, False), ({"namespaces": ["prod"]}, True), ({"namespaceSelector": {}}, True)):
        affinity = {"podAntiAffinity": {REQUIRED: [{**web(HOST), **extra}]}}
        decision = decide(scheduler, make_pod("here", affinity=affinity))
        assert isinstance(decision, Placement) is not refused


def test_rows_of_nodes_that_left_are_used_again_without_their_past(scheduler: ArrayScheduler) -> None:
    for turn in range(3):
        names = [f"t{turn}-{index}" for index in range(100)]
        for name in names:
            scheduler.set_node(make_node(name, labels={"turn": str(turn)}, pods=1))
        pods = [make_pod(f"{turn}-{index}", nodeSelector={"turn": str(turn)}) for index in range(100)]
        assert {node_of(decision) for decision in scheduler.schedule(pods)} == set(names)
        refusal(decide(scheduler, make_pod("more", nodeSelector={"turn": str(turn)})))
        for index, name in enumerate(names):
            scheduler.remove_node(name)
            scheduler.remove_pod(f"default/{turn}-{index}")


def test_more_kinds_of_pods_than_are_remembered_are_still_right(scheduler: ArrayScheduler) -> None:
    scheduler.set_node(make_node("a", cpu="1000", pods=1000))
    for turn in range(2):
        pods = [make_pod(f"p{turn}-{n}", labels={"n": str(n)}, cpu="1") for n in range(150)]
        assert all(isinstance(decision, Placement) for decision in scheduler.schedule(pods))
    assert refusal(decide(scheduler, make_pod("big", cpu="701"))).reasons == {"Insufficient cpu": 1}
    assert node_of(decide(scheduler, make_pod("fits", cpu="700"))) == "a"


def test_a_pod_that_asks_for_more_than_numbers_hold_is_refused_and_holds_nobody_up(scheduler: ArrayScheduler) -> None:
    scheduler.set_node(make_node("n"))
    greed = {"requests": {"cpu": "9" * 60, "memory": "9" * 60}}
    container = {"name": "c", "image": "i", "resources": greed}
    greedy = make_pod("greedy", containers=[container] * 20)
    refused, placed = scheduler.schedule([greedy, make_pod("modest")])
    assert not isinstance(refused, Placement)
    assert isinstance(placed, Placement)
