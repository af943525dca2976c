"""Events: written by a thread of their own, repeats counted, floods folded, chatter held back, nothing ever raised."""

from collections.abc import Iterator
from typing import Any

import pytest

from kubernel.errors import ForbiddenError, ServiceUnavailableError
from kubernel.machinery.recorder import Recorder
from kubernel.testing.clock import FakeClock
from kubernel.testing.memory_client import MemoryClient
from kubernel.types.json import Object
from kubernel.types.well_known import EVENTS

POD: Object = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"name": "p", "namespace": "apps", "uid": "u", "resourceVersion": "7"},
}


@pytest.fixture
def client() -> MemoryClient:
    return MemoryClient()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def recorder(client: MemoryClient, clock: FakeClock) -> Iterator[Recorder]:
    recorder = Recorder(client, clock, "tester", "host-1")
    yield recorder
    recorder.stop()


def events(client: MemoryClient, recorder: Recorder) -> list[Any]:
    assert recorder.flush()
    return list(client.list(EVENTS).items)


def test_an_event_says_who_saw_what_about_which_object(client: MemoryClient, recorder: Recorder) -> None:
    recorder.event(POD, "Normal", "Started", "Started it", action="Starting")
    (event,) = events(client, recorder)
    assert event["metadata"]["namespace"] == "apps"
    assert event["metadata"]["name"].startswith("p.")
    reference = {"kind": "Pod", "apiVersion": "v1", "namespace": "apps", "name": "p", "uid": "u", "resourceVersion": "7"}
    assert event["involvedObject"] == reference
    assert (event["type"], event["reason"], event["message"], event["count"]) == ("Normal", "Started", "Started it", 1)
    assert event["source"] == {"component": "tester", "host": "host-1"}
    assert (event["reportingComponent"], event["reportingInstance"], event["action"]) == ("tester", "host-1", "Starting")
    assert event["firstTimestamp"] == event["lastTimestamp"] == "2026-01-01T00:00:00Z"


def test_events_about_objects_of_the_cluster_go_to_the_default_namespace(client: MemoryClient, recorder: Recorder) -> None:
    recorder.event({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n"}}, "Normal", "R", "m")
    assert events(client, recorder)[0]["metadata"]["namespace"] == "default"


def test_the_same_event_again_is_counted(client: MemoryClient, recorder: Recorder, clock: FakeClock) -> None:
    for _ in range(3):
        recorder.event(POD, "Warning", "BackOff", "again")
        clock.advance(10)
    (event,) = events(client, recorder)
    assert event["count"] == 3
    assert (event["firstTimestamp"], event["lastTimestamp"]) == ("2026-01-01T00:00:00Z", "2026-01-01T00:00:20Z")


def test_a_counted_event_that_was_deleted_is_written_anew(client: MemoryClient, recorder: Recorder) -> None:
    recorder.event(POD, "Warning", "BackOff", "again")
    (event,) = events(client, recorder)
    client.delete(EVENTS, event["metadata"]["name"], "apps")
    recorder.event(POD, "Warning", "BackOff", "again")
    assert events(client, recorder)[0]["count"] == 1


def test_many_events_that_differ_by_their_message_alone_become_one(client: MemoryClient, recorder: Recorder) -> None:
    for number in range(15):
        recorder.event(POD, "Warning", "Failed", f"attempt {number}")
    found = events(client, recorder)
    folded = [event for event in found if event["message"].startswith("(combined from similar events): ")]
    assert len(found) == 11
    assert [event["count"] for event in folded] == [5]


def test_a_chatterbox_is_held_back_and_may_speak_again_later(client: MemoryClient, recorder: Recorder, clock: FakeClock) -> None:
    for number in range(40):
        recorder.event(POD, "Normal", f"Reason{number}", "m")
    assert len(events(client, recorder)) == 25
    clock.advance(301)
    recorder.event(POD, "Normal", "Later", "m")
    assert len(events(client, recorder)) == 26


def test_recorders_of_one_process_share_a_thread_and_keep_their_names(client: MemoryClient, recorder: Recorder) -> None:
    recorder.named("other").event(POD, "Normal", "R", "m")
    recorder.event(POD, "Normal", "R", "m")
    assert sorted(event["source"]["component"] for event in events(client, recorder)) == ["other", "tester"]


def test_a_server_that_is_away_is_tried_again(client: MemoryClient, recorder: Recorder, clock: FakeClock) -> None:
    client.fail("create", EVENTS, ServiceUnavailableError("away"))
    recorder.event(POD, "Normal", "R", "m")
    assert events(client, recorder) == []
    clock.wait_for_timers()
    clock.advance(2)
    assert len(events(client, recorder)) == 1


def test_what_the_server_refuses_is_dropped_without_a_word(client: MemoryClient, recorder: Recorder) -> None:
    client.fail("create", EVENTS, ForbiddenError("the namespace is being terminated"))
    recorder.event(POD, "Normal", "R", "m")
    recorder.event(POD, "Normal", "S", "m")
    assert [event["reason"] for event in events(client, recorder)] == ["S"]


def test_after_the_end_events_are_taken_and_forgotten(client: MemoryClient, recorder: Recorder) -> None:
    recorder.stop()
    recorder.event(POD, "Normal", "R", "m")
    assert list(client.list(EVENTS).items) == []
