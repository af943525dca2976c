"""What every scheduler promises: `SchedulerContract` about the picture it keeps, `KubernetesSchedulerContract` about
Kubernetes' rules as well, in the words of its events.

Subclass and give the fixture `scheduler`: a new scheduler that knows of nothing.
"""

from collections.abc import Sequence

import pytest

from kubernel.ports.scheduler import Decision, Placement, Scheduler, Unschedulable
from kubernel.testing.cluster_objects import make_node, make_pod
from kubernel.types.json import Object


def node_of(decision: Decision) -> str:
    """The node of a placement."""
    assert isinstance(decision, Placement), decision
    return decision.node_name


def refusal(decision: Decision) -> Unschedulable:
    """A refusal."""
    assert isinstance(decision, Unschedulable), decision
    return decision


def decide(scheduler: Scheduler, pod: Object) -> Decision:
    """The decision for one pod."""
    (decision,) = scheduler.schedule([pod])
    return decision


def pods(count: int) -> Sequence[Object]:
    return [make_pod(f"web-{index}") for index in range(count)]


class SchedulerContract:
    """Promises about the picture of the cluster, for fakes too."""

    @pytest.fixture
    def scheduler(self) -> Scheduler:
        raise NotImplementedError("give the scheduler under test")

    def test_without_nodes_nothing_can_be_placed(self, scheduler: Scheduler) -> None:
        answer = refusal(decide(scheduler, make_pod("web")))
        assert answer.message() == "0/0 nodes are available: no nodes are registered."
        assert "NodeAdded" in answer.wakers

    def test_there_is_one_decision_for_each_pod_in_order(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a", pods=2))
        decisions = scheduler.schedule(pods(3))
        assert [node_of(decision) for decision in decisions[:2]] == ["a", "a"]
        assert refusal(decisions[2]).message() == "0/1 nodes are available: 1 Too many pods."
        assert list(scheduler.schedule([])) == []

    def test_placements_are_assumed_and_spread_over_equal_nodes(self, scheduler: Scheduler) -> None:
        for name in ("a", "b", "c"):
            scheduler.set_node(make_node(name))
        assert sorted(node_of(decision) for decision in scheduler.schedule(pods(6))) == ["a", "a", "b", "b", "c", "c"]

    def test_a_pod_that_is_told_after_its_assumption_counts_once(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a", pods=2))
        assert node_of(decide(scheduler, make_pod("web"))) == "a"
        scheduler.set_pod(make_pod("web", node_name="a"))
        scheduler.set_pod(make_pod("web", node_name="a"))
        assert node_of(decide(scheduler, make_pod("other"))) == "a"

    def test_a_pod_that_went_elsewhere_than_assumed_is_where_it_went(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a", pods=1))
        assert node_of(decide(scheduler, make_pod("web"))) == "a"
        scheduler.set_node(make_node("b", pods=1))
        scheduler.set_pod(make_pod("web", node_name="b"))
        assert node_of(decide(scheduler, make_pod("other"))) == "a"

    def test_a_pod_that_goes_makes_room(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a", pods=1))
        assert node_of(decide(scheduler, make_pod("web"))) == "a"
        assert "PodRemoved" in refusal(decide(scheduler, make_pod("other"))).wakers
        scheduler.remove_pod("default/web")
        assert node_of(decide(scheduler, make_pod("other"))) == "a"

    def test_a_pod_may_be_asked_about_again(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a", pods=1))
        assert node_of(decide(scheduler, make_pod("web"))) == "a"
        assert node_of(decide(scheduler, make_pod("web"))) == "a"

    def test_unknown_pods_and_nodes_may_be_removed(self, scheduler: Scheduler) -> None:
        scheduler.remove_pod("default/nobody")
        scheduler.remove_node("nowhere")

    def test_a_removed_node_takes_nothing_and_may_come_back_with_its_pods(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a", pods=1))
        scheduler.set_pod(make_pod("web", node_name="a"))
        scheduler.remove_node("a")
        assert refusal(decide(scheduler, make_pod("other"))).nodes == 0
        scheduler.set_node(make_node("a", pods=1))
        assert refusal(decide(scheduler, make_pod("other"))).reasons == {"Too many pods": 1}

    def test_pods_may_be_told_before_their_node(self, scheduler: Scheduler) -> None:
        scheduler.set_pod(make_pod("web", node_name="a"))
        scheduler.set_node(make_node("a", pods=1))
        assert refusal(decide(scheduler, make_pod("other"))).reasons == {"Too many pods": 1}

    def test_a_changed_node_is_seen_as_it_is_now(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a", pods=0))
        refusal(decide(scheduler, make_pod("web")))
        scheduler.set_node(make_node("a", pods=1))
        assert node_of(decide(scheduler, make_pod("web"))) == "a"


class KubernetesSchedulerContract(SchedulerContract):
    """Promises about what a pod may ask for."""

    def test_what_does_not_fit_is_named(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a", cpu="1", memory="1Gi"))
        scheduler.set_node(make_node("b", cpu="1", memory="16Gi"))
        answer = refusal(decide(scheduler, make_pod("web", cpu="2", memory="2Gi")))
        assert answer.message() == "0/2 nodes are available: 1 Insufficient memory, 2 Insufficient cpu."

    def test_requests_count_until_the_node_is_full(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a", cpu="1"))
        decisions = scheduler.schedule([make_pod(f"web-{index}", cpu="300m") for index in range(4)])
        assert [isinstance(decision, Placement) for decision in decisions] == [True, True, True, False]

    def test_an_extended_resource_is_had_only_where_it_is(self, scheduler: Scheduler) -> None:
        gpu = {"resources": {"requests": {"example.test/gpu": "1"}}, "name": "main", "image": "busybox"}
        scheduler.set_node(make_node("plain"))
        assert refusal(decide(scheduler, make_pod("a", containers=[gpu]))).reasons == {"Insufficient example.test/gpu": 1}
        scheduler.set_node(make_node("fast", extended={"example.test/gpu": "1"}))
        assert node_of(decide(scheduler, make_pod("a", containers=[gpu]))) == "fast"
        refusal(decide(scheduler, make_pod("b", containers=[gpu])))

    def test_cordoned_nodes_are_left_out(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a", unschedulable=True))
        answer = refusal(decide(scheduler, make_pod("web")))
        assert answer.message() == "0/1 nodes are available: 1 node(s) were unschedulable."
        assert "NodeChanged" in answer.wakers

    def test_taints_need_tolerations(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a", taints=[{"key": "dedicated", "value": "db", "effect": "NoSchedule"}]))
        answer = refusal(decide(scheduler, make_pod("web")))
        assert answer.message() == "0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: db}."
        equal = [{"key": "dedicated", "operator": "Equal", "value": "db", "effect": "NoSchedule"}]
        assert node_of(decide(scheduler, make_pod("web", tolerations=equal))) == "a"
        assert node_of(decide(scheduler, make_pod("any", tolerations=[{"operator": "Exists"}]))) == "a"
        other = [{"key": "dedicated", "value": "web"}]
        refusal(decide(scheduler, make_pod("no", tolerations=other)))

    def test_node_selectors_and_affinity_choose_by_labels(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a", labels={"disk": "hdd"}))
        wanted = make_pod("web", nodeSelector={"disk": "ssd"})
        answer = refusal(decide(scheduler, wanted))
        assert answer.message() == "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
        scheduler.set_node(make_node("b", labels={"disk": "ssd"}))
        assert node_of(decide(scheduler, wanted)) == "b"

    def test_host_ports_are_had_once(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a"))
        assert node_of(decide(scheduler, make_pod("first", host_port=8080))) == "a"
        answer = refusal(decide(scheduler, make_pod("second", host_port=8080)))
        assert answer.reasons == {"node(s) didn't have free ports for the requested pod ports": 1}
        scheduler.remove_pod("default/first")
        assert node_of(decide(scheduler, make_pod("second", host_port=8080))) == "a"

    def test_the_emptier_node_is_better(self, scheduler: Scheduler) -> None:
        scheduler.set_node(make_node("a"))
        scheduler.set_pod(make_pod("big", cpu="3", memory="6Gi", node_name="a"))
        scheduler.set_node(make_node("b"))
        assert [node_of(decision) for decision in scheduler.schedule(pods(3))] == ["b", "b", "b"]
