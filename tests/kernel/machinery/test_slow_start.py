"""Slow start: batches of 1, 2, 4 ... that end with the first batch in which something failed."""

from kubernel.errors import ForbiddenError
from kubernel.machinery.slow_start import slow_start


def test_everything_is_created_when_nothing_fails() -> None:
    made: list[int] = []
    assert slow_start(10, lambda: made.append(1)) == (10, [])
    assert len(made) == 10


def test_a_failing_first_call_is_the_only_one() -> None:
    calls: list[int] = []

    def refuse() -> None:
        calls.append(1)
        raise ForbiddenError("quota")

    done, failures = slow_start(100, refuse)
    assert (done, len(failures), len(calls)) == (0, 1, 1)


def test_the_batch_of_a_failure_is_finished_and_is_the_last() -> None:
    calls: list[int] = []

    def refuse_third() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise ForbiddenError("quota")

    done, failures = slow_start(100, refuse_third)
    assert (done, len(failures), len(calls)) == (2, 1, 3)
