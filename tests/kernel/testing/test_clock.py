"""The clock of the tests: it stands still, runs what is due in order and at its time, and never goes back."""

import threading
from datetime import timedelta

import pytest

from kubernel.ports.clock import Clock
from kubernel.testing.clock import START, FakeClock


def test_it_is_a_clock() -> None:
    clock: Clock = FakeClock()
    assert clock.now() == START
    assert clock.now().utcoffset() == timedelta(0)


def test_it_stands_still_until_it_is_turned() -> None:
    clock = FakeClock()
    clock.advance(90)
    assert clock.now() == START + timedelta(seconds=90)
    assert clock.monotonic() == 90


def test_calls_run_in_order_of_their_time_and_at_that_time() -> None:
    clock = FakeClock()
    seen: list[tuple[str, float]] = []
    clock.call_later(3, lambda: seen.append(("late", clock.monotonic())))
    clock.call_later(1, lambda: seen.append(("early", clock.monotonic())))
    clock.call_later(1, lambda: seen.append(("early too", clock.monotonic())))
    clock.advance(2)
    assert seen == [("early", 1), ("early too", 1)]
    clock.advance(1)
    assert seen[2:] == [("late", 3)]


def test_a_call_asked_for_by_a_call_runs_if_it_is_due() -> None:
    clock = FakeClock()
    seen: list[float] = []

    def again() -> None:
        seen.append(clock.monotonic())
        clock.call_later(10, again)

    clock.call_later(10, again)
    clock.advance(35)
    assert seen == [10, 20, 30]
    assert clock.pending == [5]


def test_a_call_without_delay_waits_for_the_next_turn() -> None:
    clock = FakeClock()
    seen: list[str] = []
    clock.call_later(0, lambda: seen.append("ran"))
    assert seen == []
    clock.run_due()
    assert seen == ["ran"]


def test_a_cancelled_call_does_not_run_and_cancelling_again_is_a_no_op() -> None:
    clock = FakeClock()
    seen: list[str] = []
    timer = clock.call_later(1, lambda: seen.append("ran"))
    timer.cancel()
    timer.cancel()
    clock.advance(2)
    assert seen == []


def test_it_never_goes_back() -> None:
    with pytest.raises(ValueError, match="never goes back"):
        FakeClock().advance(-1)


def test_a_test_can_wait_for_another_threads_timer() -> None:
    clock = FakeClock()
    ran = threading.Event()
    thread = threading.Thread(target=lambda: clock.call_later(5, ran.set))
    thread.start()
    clock.wait_for_timers(1)
    clock.advance(5)
    thread.join()
    assert ran.is_set()


def test_waiting_for_a_timer_that_never_comes_says_so() -> None:
    with pytest.raises(TimeoutError, match="1 timers expected"):
        FakeClock().wait_for_timers(1, timeout=0.01)
