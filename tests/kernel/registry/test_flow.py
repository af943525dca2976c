"""Pipelines as coroutines that wait for a store's futures."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Timer

import pytest

from kubernel.errors import NotFoundError, StoreUnavailableError
from kubernel.registry.flow import Steps, block, committed, together


async def wait_for(*futures: Future[int]) -> int:
    return sum([await committed(future) for future in futures])


async def all_of(steps: list[Steps[int]]) -> list[object]:
    return list(await together(steps))


def done(value: int) -> Future[int]:
    future: Future[int] = Future()
    future.set_result(value)
    return future


def test_a_future_that_is_done_costs_no_wait() -> None:
    with pytest.raises(StopIteration) as end:
        wait_for(done(1), done(2)).send(None)
    assert end.value.value == 3


def test_a_pipeline_gives_the_future_that_it_waits_for() -> None:
    first: Future[int] = Future()
    steps = wait_for(first, done(2))
    assert steps.send(None) is first
    first.set_result(5)
    with pytest.raises(StopIteration) as end:
        steps.send(None)
    assert end.value.value == 7


def test_a_thread_runs_a_pipeline_to_its_end() -> None:
    future: Future[int] = Future()
    Timer(0.01, future.set_result, (4,)).start()
    assert block(wait_for(future, done(1))) == 5


def test_what_the_store_says_is_raised_where_it_is_awaited() -> None:
    future: Future[int] = Future()
    future.set_exception(StoreUnavailableError("away"))
    with pytest.raises(StoreUnavailableError):
        block(wait_for(future))


def test_waiting_has_an_end() -> None:
    with pytest.raises(TimeoutError):
        block(wait_for(Future()), timeout=0.01)


def test_pipelines_run_side_by_side_and_keep_their_order() -> None:
    futures: list[Future[int]] = [Future() for _ in range(3)]
    log: list[int] = []

    async def one(number: int) -> int:
        log.append(number)
        await committed(futures[number])
        if number == 1:
            raise NotFoundError("gone")
        return number

    combined = all_of([one(0), one(1), one(2)])
    assert combined.send(None) is futures[0]
    assert log == [0, 1, 2]
    ends: list[Callable[[], None]] = [lambda n=n: futures[n].set_result(n) for n in (2, 1, 0)]  # type: ignore[misc]
    for end in ends:
        end()
    results = block(combined)
    assert results[0] == 0
    assert isinstance(results[1], NotFoundError)
    assert results[2] == 2
