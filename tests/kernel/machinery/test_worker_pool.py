"""The shared workers: every queue gets its turn, one queue cannot take them all, errors stay where they are."""

import threading
from collections.abc import Callable

import pytest

from kubernel.machinery.work_queue import WorkQueue
from kubernel.machinery.worker_pool import WorkerPool
from kubernel.testing.clock import FakeClock

PATIENCE = 60.0


def waits_for(gate: threading.Event) -> Callable[[str], None]:
    def work(key: str) -> None:
        assert gate.wait(PATIENCE), f"the gate stayed closed for {key}"

    return work


def test_keys_of_several_queues_are_served_in_turn() -> None:
    pool, order = WorkerPool(workers=1), list[str]()
    first, second = WorkQueue(FakeClock()), WorkQueue(FakeClock())
    gate = threading.Event()
    blocker = WorkQueue(FakeClock())
    pool.serve(blocker, waits_for(gate))
    blocker.add("block")
    pool.serve(first, order.append)
    pool.serve(second, order.append)
    for number in range(3):
        first.add(f"a{number}")
    second.add("b0")
    gate.set()
    assert first.wait_idle(PATIENCE)
    assert second.wait_idle(PATIENCE)
    assert order.index("b0") <= 1
    assert pool.stop()


def test_one_slow_queue_cannot_take_every_worker() -> None:
    pool, gate, reached = WorkerPool(workers=2), threading.Event(), threading.Event()
    slow, quick = WorkQueue(FakeClock()), WorkQueue(FakeClock())
    pool.serve(slow, waits_for(gate), concurrency=1)
    pool.serve(quick, lambda key: reached.set())
    slow.add("a")
    slow.add("b")
    quick.add("c")
    assert reached.wait(PATIENCE)
    gate.set()
    assert pool.stop()


def test_work_that_raises_is_logged_and_the_worker_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    pool, queue, seen = WorkerPool(workers=1), WorkQueue(FakeClock(), name="q"), list[str]()

    def work(key: str) -> None:
        seen.append(key)
        if key == "bad":
            raise RuntimeError("broken")

    pool.serve(queue, work)
    queue.add("bad")
    queue.add("good")
    assert queue.wait_idle(PATIENCE)
    assert seen == ["bad", "good"]
    assert "work on bad of queue q failed" in caplog.text
    assert pool.stop()


def test_a_queue_that_is_shut_down_is_left_alone_and_the_others_go_on() -> None:
    pool, seen = WorkerPool(workers=1), list[str]()
    gone, stays = WorkQueue(FakeClock()), WorkQueue(FakeClock())
    pool.serve(gone, seen.append)
    pool.serve(stays, seen.append)
    gone.shutdown()
    stays.add("a")
    assert stays.wait_idle(PATIENCE)
    assert seen == ["a"]
    assert pool.stop()
