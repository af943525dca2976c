"""The scheduling loop between a client and a scheduler."""

import threading
from collections.abc import Iterator

import pytest

from kubernel.errors import ConflictError, ServiceUnavailableError
from kubernel.machinery.clock import SystemClock
from kubernel.ports.client import Client
from kubernel.ports.clock import Clock
from kubernel.ports.scheduler import Decision, Placement, Unschedulable
from kubernel.scheduling.loop import SchedulingLoop
from kubernel.scheduling.queue import Place
from kubernel.testing.clock import FakeClock
from kubernel.testing.cluster_objects import make_node, make_pod
from kubernel.testing.memory_client import MemoryClient
from kubernel.testing.recorder import MemoryRecorder
from kubernel.testing.scripted_scheduler import ScriptedScheduler
from kubernel.types.json import Object
from kubernel.types.well_known import NODES, PODS
from waiting import eventually


class Setting:
    def __init__(self, clock: Clock) -> None:
        self.client = MemoryClient()
        self.scheduler = ScriptedScheduler()
        self.recorder = MemoryRecorder()
        self.clock = clock
        self.loop = self.new_loop(self.client)

    def new_loop(self, client: Client) -> SchedulingLoop:
        return SchedulingLoop(client, self.scheduler, self.recorder, self.clock)

    def node_of(self, key: str) -> str:
        pod = self.client.find(PODS, key)
        return pod["spec"].get("nodeName", "") if pod else ""

    def wait_bound(self, *keys: str) -> list[str]:
        self.client.wait_for(lambda: all(self.node_of(key) for key in keys))
        return [self.node_of(key) for key in keys]

    def condition(self, key: str) -> Object:
        pod = self.client.find(PODS, key)
        assert pod is not None
        found: Object = next(iter(pod["status"].get("conditions", [])), {})
        return found

    def turn_until_asked(self, batches: int) -> None:
        """Turn the clock until the scheduler was asked so many times."""
        clock = self.clock
        assert isinstance(clock, FakeClock)

        def asked() -> bool:
            clock.advance(20)
            return len(self.scheduler.batches) >= batches

        eventually(asked)

    def wait_parked(self, count: int = 1) -> None:
        eventually(lambda: self.loop.places()[Place.PARKED] == count)


@pytest.fixture
def setting() -> Iterator[Setting]:
    clock = SystemClock()
    setting = Setting(clock)
    yield setting
    setting.loop.stop()
    clock.close()


@pytest.fixture
def turned() -> Iterator[Setting]:
    """The same with a clock that the test turns."""
    setting = Setting(FakeClock())
    yield setting
    setting.loop.stop()


def test_waiting_pods_are_bound_and_people_are_told(setting: Setting) -> None:
    setting.client.put(NODES, make_node("node-a"))
    setting.client.put(PODS, make_pod("web"))
    setting.loop.start()
    assert setting.wait_bound("default/web") == ["node-a"]
    event = setting.recorder.wait_for("Scheduled", "default/web")
    assert (event.type, event.message) == ("Normal", "Successfully assigned default/web to node-a")
    (binding,) = [call.body for call in setting.client.calls if call.subresource == "binding"]
    assert binding["metadata"] == {"name": "web", "namespace": "default", "uid": "uid-web"}
    assert binding["target"] == {"kind": "Node", "apiVersion": "v1", "name": "node-a"}


def test_pods_that_come_later_are_bound_too(setting: Setting) -> None:
    setting.loop.start()
    setting.client.put(NODES, make_node("node-a"))
    for index in range(300):
        setting.client.put(PODS, make_pod(f"web-{index}"))
    setting.client.put(NODES, make_node("node-b", pods=500))
    setting.client.put(NODES, make_node("node-c", pods=500))
    setting.wait_bound(*(f"default/web-{index}" for index in range(300)))


def test_the_more_important_pod_gets_the_only_place(setting: Setting) -> None:
    setting.client.put(NODES, make_node("node-a", pods=1))
    setting.client.put(PODS, make_pod("low"))
    setting.client.put(PODS, make_pod("high", priority=1000))
    setting.loop.start()
    setting.wait_bound("default/high")
    setting.recorder.wait_for("FailedScheduling", "default/low")


def test_what_waits_is_asked_about_together(setting: Setting) -> None:
    setting.client.put(NODES, make_node("node-a", pods=1000))
    for index in range(600):
        setting.client.put(PODS, make_pod(f"web-{index}"))
    setting.loop.start()
    setting.wait_bound(*(f"default/web-{index}" for index in range(600)))
    assert [len(batch) for batch in setting.scheduler.batches] == [256, 256, 88]


def test_a_pod_that_no_node_takes_says_why_in_an_event_and_a_condition(setting: Setting) -> None:
    setting.client.put(NODES, make_node("node-a", pods=0))
    setting.client.put(PODS, make_pod("web"))
    setting.loop.start()
    event = setting.recorder.wait_for("FailedScheduling", "default/web")
    message = "0/1 nodes are available: 1 Too many pods."
    assert (event.type, event.message) == ("Warning", message)
    setting.client.wait_for(lambda: setting.condition("default/web"))
    condition = setting.condition("default/web")
    assert condition.pop("lastTransitionTime").endswith("Z")
    assert condition == {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}


def test_the_condition_is_written_once_for_each_message(turned: Setting) -> None:
    messages = ["one", "one", "two"]
    turned.scheduler.decide = lambda pod: Unschedulable({messages[0]: 1}, 1, frozenset(("NodeAdded",)))
    turned.client.put(PODS, make_pod("web"))
    turned.loop.start()
    turned.wait_parked()
    for index in range(2):
        messages.pop(0)
        turned.client.put(NODES, make_node(f"node-{index}"))
        turned.turn_until_asked(index + 2)
        turned.wait_parked()
    turned.loop.stop()
    patches = [call.body["status"]["conditions"][0] for call in turned.client.calls if call.verb == "patch"]
    assert [patch["message"].split(": ")[1] for patch in patches] == ["1 one.", "1 two."]
    assert ["lastTransitionTime" in patch for patch in patches] == [True, False]


def test_a_parked_pod_is_woken_by_a_node_and_bound(setting: Setting) -> None:
    setting.client.put(PODS, make_pod("web"))
    setting.loop.start()
    setting.recorder.wait_for("FailedScheduling", "default/web")
    setting.client.put(NODES, make_node("node-a"))
    assert setting.wait_bound("default/web") == ["node-a"]


def test_a_pod_that_goes_makes_room_for_a_parked_one(setting: Setting) -> None:
    setting.client.put(NODES, make_node("node-a", pods=1))
    setting.client.put(PODS, make_pod("first", node_name="node-a"))
    setting.client.put(PODS, make_pod("second"))
    setting.loop.start()
    setting.wait_parked()
    setting.client.patch(PODS, "first", {"status": {"phase": "Succeeded"}}, "default")
    assert setting.wait_bound("default/second") == ["node-a"]


def test_changes_that_cannot_help_do_not_wake(turned: Setting) -> None:
    clock = turned.clock
    assert isinstance(clock, FakeClock)
    turned.client.put(NODES, make_node("node-a", pods=1))
    turned.client.put(PODS, make_pod("web"))
    turned.scheduler.decide = lambda pod: Unschedulable({"no": 1}, 1, frozenset(("NodeAdded",)))
    turned.loop.start()
    turned.wait_parked()
    clock.advance(20)
    turned.client.patch(NODES, "node-a", {"status": {"conditions": [{"type": "Ready"}]}})
    turned.client.patch(NODES, "node-a", {"metadata": {"labels": {"a": "b"}}})
    turned.client.put(PODS, make_pod("other", node_name="node-a"))
    turned.client.put(PODS, make_pod("third"))
    turned.wait_parked(2)
    assert turned.scheduler.batches == [["default/web"], ["default/third"]]


def test_a_change_of_the_pod_itself_wakes_it_but_its_status_does_not(setting: Setting) -> None:
    def decide(pod: Object) -> Decision:
        if pod["metadata"]["labels"].get("ready"):
            return Placement("node-a")
        return Unschedulable({"no": 1}, 1)

    setting.scheduler.decide = decide
    setting.client.put(PODS, make_pod("web"))
    setting.loop.start()
    setting.wait_parked()
    setting.client.patch(PODS, "web", {"metadata": {"labels": {"ready": "yes"}}}, "default")
    assert setting.wait_bound("default/web") == ["node-a"]
    assert len(setting.scheduler.batches) == 2


@pytest.mark.parametrize("error", [ServiceUnavailableError("away"), ConflictError("changed")])
def test_a_failed_binding_is_taken_back_and_tried_again(setting: Setting, error: ServiceUnavailableError | ConflictError) -> None:
    setting.client.put(NODES, make_node("node-a", pods=1))
    setting.client.put(PODS, make_pod("web"))
    setting.client.fail("binding", PODS, error)
    setting.loop.start()
    assert setting.wait_bound("default/web") == ["node-a"]
    assert len([call for call in setting.client.calls if call.subresource == "binding"]) == 2
    assert len([event for event in setting.recorder.events if event.reason == "Scheduled"]) <= 1


def test_a_failed_binding_makes_room_for_others(turned: Setting) -> None:
    clock = turned.clock
    assert isinstance(clock, FakeClock)
    turned.client.put(NODES, make_node("node-a", pods=1))
    turned.client.put(PODS, make_pod("first", priority=1))
    turned.client.fail("binding", PODS, ServiceUnavailableError("away"))
    turned.loop.start()
    eventually(lambda: turned.loop.places()[Place.PAUSING] == 1)
    turned.client.put(PODS, make_pod("second"))
    assert turned.wait_bound("default/second") == ["node-a"]


def test_a_pod_deleted_while_it_waits_is_forgotten(setting: Setting) -> None:
    setting.client.put(PODS, make_pod("web"))
    setting.loop.start()
    setting.wait_parked()
    setting.client.delete(PODS, "web", "default")
    eventually(lambda: sum(setting.loop.places().values()) == 0)
    setting.client.put(NODES, make_node("node-a"))
    setting.client.put(PODS, make_pod("other"))
    setting.wait_bound("default/other")
    assert setting.scheduler.batches == [["default/web"], ["default/other"]]


def test_a_pod_of_the_same_name_is_another_pod(setting: Setting) -> None:
    setting.client.put(NODES, make_node("node-a", pods=1))
    setting.client.put(PODS, make_pod("web"))
    setting.loop.start()
    setting.wait_bound("default/web")
    setting.client.delete(PODS, "web", "default")
    setting.client.put(PODS, {**make_pod("web"), "metadata": {"name": "web", "namespace": "default", "uid": "another"}})
    assert setting.wait_bound("default/web") == ["node-a"]


@pytest.mark.parametrize(
    "pod",
    [
        make_pod("web", schedulingGates=[{"name": "example.test/wait"}]),
        make_pod("web", schedulerName="other"),
        {**make_pod("web"), "status": {"phase": "Failed"}},
        {**make_pod("web"), "metadata": {"name": "web", "namespace": "default", "deletionTimestamp": "2026-01-01T00:00:00Z"}},
    ],
    ids=["gated", "of another scheduler", "finished", "on its way out"],
)
def test_pods_that_are_not_to_be_scheduled_are_left_alone(setting: Setting, pod: Object) -> None:
    setting.client.put(NODES, make_node("node-a"))
    setting.client.put(PODS, pod)
    setting.client.put(PODS, make_pod("zzz"))
    setting.loop.start()
    setting.wait_bound("default/zzz")
    assert setting.scheduler.batches == [["default/zzz"]]


def test_a_pod_is_scheduled_once_its_gates_are_gone(setting: Setting) -> None:
    setting.client.put(NODES, make_node("node-a"))
    setting.client.put(PODS, make_pod("web", schedulingGates=[{"name": "example.test/wait"}]))
    setting.loop.start()
    setting.client.patch(PODS, "web", {"spec": {"schedulingGates": None}}, "default")
    assert setting.wait_bound("default/web") == ["node-a"]


def test_a_new_loop_counts_what_an_earlier_one_bound(setting: Setting) -> None:
    setting.client.put(NODES, make_node("node-a", pods=1))
    setting.client.put(PODS, make_pod("first"))
    setting.loop.start()
    setting.wait_bound("default/first")
    setting.loop.stop()
    setting.scheduler = ScriptedScheduler()
    setting.loop = setting.new_loop(setting.client)
    setting.client.put(PODS, make_pod("second"))
    setting.loop.start()
    setting.recorder.wait_for("FailedScheduling", "default/second")


def test_a_pod_that_breaks_the_scheduler_does_not_hold_up_the_others(setting: Setting, caplog: pytest.LogCaptureFixture) -> None:
    def decide(pod: Object) -> Decision | None:
        if pod["metadata"]["name"] == "poison":
            raise ZeroDivisionError("poison")
        return None

    setting.scheduler.decide = decide
    setting.client.put(NODES, make_node("node-a"))
    for name in ("a", "poison", "z"):
        setting.client.put(PODS, make_pod(name))
    setting.loop.start()
    assert setting.wait_bound("default/a", "default/z") == ["node-a", "node-a"]
    eventually(lambda: "failed on pod default/poison" in caplog.text)


def test_stopping_ends_every_thread(setting: Setting) -> None:
    setting.client.put(NODES, make_node("node-a"))
    setting.client.put(PODS, make_pod("web"))
    setting.loop.start()
    setting.wait_bound("default/web")
    setting.loop.stop()
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith(("scheduling", "binding"))]
