"""The queue of pods that wait for a node."""

import pytest

from kubernel.scheduling.queue import LONGEST_PARKED, Place, PodQueue
from kubernel.testing.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def queue(clock: FakeClock) -> PodQueue:
    return PodQueue(clock)


def test_important_pods_come_first_and_equal_ones_in_the_order_of_their_arrival(queue: PodQueue) -> None:
    for key, priority in (("a", 0), ("b", 10), ("c", 0), ("d", 10)):
        queue.add(key, priority)
    assert queue.take(3) == ["b", "d", "a"]
    assert queue.take(3) == ["c"]
    assert not queue.ready


def test_a_pod_that_waits_is_not_added_twice_but_may_become_more_important(queue: PodQueue) -> None:
    queue.add("a", 0)
    queue.add("b", 0)
    queue.add("b", 5)
    queue.add("a", 0)
    assert queue.take(5) == ["b", "a"]


def test_a_removed_pod_is_not_given_out(queue: PodQueue) -> None:
    queue.add("a", 0)
    queue.remove("a")
    queue.remove("nobody")
    assert queue.take(1) == []
    assert "a" not in queue


def test_a_parked_pod_comes_back_only_after_what_could_help_it(queue: PodQueue, clock: FakeClock) -> None:
    queue.add("a", 0)
    queue.take(1)
    queue.park("a", ["NodeAdded"])
    clock.advance(5)
    queue.wake(["PodAdded", "NodeChanged"])
    assert queue.take(1) == []
    queue.wake(["NodeAdded"])
    assert queue.take(1) == ["a"]


def test_a_woken_pod_still_has_its_pause_which_grows_to_ten_seconds(queue: PodQueue, clock: FakeClock) -> None:
    queue.add("a", 0)
    for pause in (1, 2, 4, 8, 10, 10):
        assert queue.take(1) == ["a"]
        queue.park("a", ["NodeAdded"])
        queue.wake(["NodeAdded"])
        assert queue.take(1) == []
        assert queue.next_due() == clock.monotonic() + pause
        clock.advance(pause - 0.5)
        queue.release()
        assert queue.take(1) == []
        clock.advance(0.5)
        queue.release()


def test_a_failed_try_is_repeated_after_its_pause(queue: PodQueue, clock: FakeClock) -> None:
    queue.add("a", 0)
    queue.take(1)
    queue.retry("a")
    assert queue.places()[Place.PAUSING] == 1
    clock.advance(1)
    queue.release()
    assert queue.take(1) == ["a"]


def test_a_pod_that_changed_itself_is_tried_again(queue: PodQueue, clock: FakeClock) -> None:
    queue.add("a", 0)
    queue.take(1)
    queue.park("a", [])
    clock.advance(2)
    queue.wake_pod("a")
    queue.wake_pod("nobody")
    assert queue.take(1) == ["a"]


def test_nobody_stays_parked_for_ever(queue: PodQueue, clock: FakeClock) -> None:
    queue.add("a", 0)
    queue.take(1)
    queue.park("a", [])
    assert queue.next_due() == LONGEST_PARKED
    clock.advance(LONGEST_PARKED)
    queue.release()
    assert queue.take(1) == ["a"]
    assert queue.next_due() is None


def test_a_pod_that_left_while_it_was_out_or_parked_does_not_come_back(queue: PodQueue, clock: FakeClock) -> None:
    queue.add("a", 0)
    queue.add("b", 0)
    queue.take(2)
    queue.remove("a")
    queue.park("a", ["NodeAdded"])
    queue.park("b", ["NodeAdded"])
    queue.remove("b")
    clock.advance(20)
    queue.wake(["NodeAdded"])
    queue.release()
    assert queue.take(2) == []
    assert sum(queue.places().values()) == 0
