"""The system's clock: timers run in the order of their times, on one thread."""

import threading

from kubernel.machinery.clock import SystemClock

PATIENCE = 60.0


def test_timers_run_in_order_of_their_times_on_one_thread() -> None:
    clock, ran, done = SystemClock(), list[tuple[str, str]](), threading.Event()

    def note(name: str) -> None:
        ran.append((name, threading.current_thread().name))
        if name == "late":
            done.set()

    clock.call_later(0.05, lambda: note("late"))
    clock.call_later(0.01, lambda: note("early"))
    assert done.wait(PATIENCE)
    assert ran == [("early", "clock"), ("late", "clock")]
    clock.close()


def test_a_cancelled_timer_does_not_run() -> None:
    clock, ran, done = SystemClock(), list[str](), threading.Event()
    timer = clock.call_later(0.01, lambda: ran.append("cancelled"))
    timer.cancel()
    clock.call_later(0.02, done.set)
    assert done.wait(PATIENCE)
    assert ran == []
    clock.close()


def test_a_callback_that_raises_does_not_stop_the_others() -> None:
    clock, done = SystemClock(), threading.Event()

    def fail() -> None:
        raise RuntimeError("broken")

    clock.call_later(0, fail)
    clock.call_later(0.01, done.set)
    assert done.wait(PATIENCE)
    clock.close()


def test_a_closed_clock_takes_no_timers() -> None:
    clock = SystemClock()
    clock.close()
    clock.call_later(0, lambda: None)
    clock.close()


def test_now_is_aware_and_monotonic_does_not_go_back() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is not None
    assert clock.monotonic() <= clock.monotonic()
