"""The work queue: each key once, never two workers on one key, delays by the clock."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubernel.machinery.work_queue import MAX_DELAY, WorkQueue
from kubernel.testing.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def queue(clock: FakeClock) -> WorkQueue:
    return WorkQueue(clock)


def test_a_key_that_waits_is_not_added_again(queue: WorkQueue) -> None:
    queue.add("a")
    queue.add("a")
    assert len(queue) == 1


def test_a_key_added_during_its_work_is_given_out_once_more_after_it(queue: WorkQueue) -> None:
    queue.add("a")
    assert queue.try_get() == "a"
    queue.add("a")
    queue.add("a")
    assert queue.try_get() is None
    queue.done("a")
    assert queue.try_get() == "a"
    queue.done("a")
    assert queue.try_get() is None


def test_keys_come_out_in_the_order_in_which_they_came(queue: WorkQueue) -> None:
    for key in ("b", "a", "c"):
        queue.add(key)
    assert [queue.try_get() for _ in range(3)] == ["b", "a", "c"]


def test_a_delayed_key_is_ready_when_its_time_has_come(queue: WorkQueue, clock: FakeClock) -> None:
    queue.add_after("a", 10)
    clock.advance(9)
    assert len(queue) == 0
    clock.advance(1)
    assert queue.try_get() == "a"


def test_of_two_delays_the_earlier_one_counts(queue: WorkQueue, clock: FakeClock) -> None:
    queue.add_after("a", 10)
    queue.add_after("a", 5)
    queue.add_after("a", 20)
    assert queue.delayed == 1
    clock.advance(5)
    assert queue.try_get() == "a"
    queue.done("a")
    clock.advance(100)
    assert len(queue) == 0


def test_back_off_doubles_up_to_its_limit_and_begins_anew_after_forget(queue: WorkQueue, clock: FakeClock) -> None:
    delays = []
    for _ in range(20):
        queue.add_rate_limited("a")
        delays.append(clock.pending[0])
        clock.advance(clock.pending[0])
        queue.done(queue.try_get() or "")
    assert delays[:4] == pytest.approx([0.005, 0.01, 0.02, 0.04])
    assert delays[-1] == MAX_DELAY
    queue.forget("a")
    queue.add_rate_limited("a")
    assert clock.pending == pytest.approx([0.005])


def test_shutdown_lets_waiting_workers_go_and_takes_no_more_keys(queue: WorkQueue, clock: FakeClock) -> None:
    queue.add_after("later", 1)
    queue.add("a")
    queue.shutdown()
    assert queue.get() is None
    queue.add("b")
    queue.add_after("b", 1)
    assert len(queue) == 0
    assert clock.pending == []


def test_the_listener_hears_of_every_ready_key(queue: WorkQueue, clock: FakeClock) -> None:
    heard: list[int] = []
    queue.listen(lambda: heard.append(1))
    queue.add("a")
    queue.try_get()
    queue.add("a")
    assert len(heard) == 1
    queue.done("a")
    assert len(heard) == 2


@given(st.lists(st.tuples(st.sampled_from(["add", "get", "done"]), st.sampled_from("abc"))))
def test_no_key_is_lost_or_worked_on_twice_at_a_time(steps: list[tuple[str, str]]) -> None:
    queue, working, wanted = WorkQueue(FakeClock()), set[str](), set[str]()

    def add(key: str) -> None:
        queue.add(key)
        wanted.add(key)

    def get(_: str) -> None:
        key = queue.try_get()
        assert (key is None) == (not wanted - working)
        if key is not None:
            assert key not in working
            wanted.discard(key)
            working.add(key)

    def done(key: str) -> None:
        if key in working:
            working.discard(key)
            queue.done(key)

    actions: dict[str, Callable[[str], None]] = {"add": add, "get": get, "done": done}
    for action, key in steps:
        actions[action](key)
    assert len(queue) == len(wanted - working)
