"""Calls side by side: all are made, together where there are threads for them, and a failure comes out."""

import threading

import pytest

from kubernel.machinery.side_by_side import SideBySide
from kubernel.machinery.slow_start import slow_start


def test_calls_run_at_the_same_time_and_all_are_done_at_the_end() -> None:
    together, meeting, done = SideBySide(4), threading.Barrier(4, timeout=60), list[int]()

    def call() -> None:
        meeting.wait()
        done.append(1)

    together([call] * 4)
    assert len(done) == 4
    together.close()


def test_more_calls_than_threads_are_all_made() -> None:
    together, done = SideBySide(2), list[int]()
    assert slow_start(50, lambda: done.append(1), together=together) == (50, [])
    assert len(done) == 50
    together.close()
    together.close()


def test_a_call_that_raises_lets_the_others_finish() -> None:
    together, done = SideBySide(2), list[int]()

    def fail() -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        together([fail, lambda: done.append(1), lambda: done.append(1)])
    assert len(done) == 2
    together.close()
