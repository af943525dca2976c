"""Waiting longer after each failure."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kubernel.node.pods.backoff import Backoff

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_first_failure_waits_for_nothing_and_then_twice_as_long_each_time_up_to_the_limit() -> None:
    backoff, now, waits = Backoff(10, 300), START, []
    for _ in range(8):
        waits.append(backoff.wait("a", now, now))
        now += timedelta(seconds=waits[-1])
        backoff.next("a", now)
    assert waits == [0, 10, 20, 40, 80, 160, 300, 300]


def test_a_long_time_without_failure_is_a_new_beginning() -> None:
    backoff = Backoff(10, 300)
    for _ in range(5):
        backoff.next("a", START)
    later = START + timedelta(seconds=601)
    assert backoff.wait("a", later, later) == 0
    assert backoff.delay("a") == 0


@given(st.lists(st.floats(0, 1000), max_size=20))
def test_no_wait_is_longer_than_the_limit_or_negative(pauses: list[float]) -> None:
    backoff, now = Backoff(10, 300), START
    for pause in pauses:
        failed = now
        now += timedelta(seconds=pause)
        assert 0 <= backoff.wait("a", failed, now) <= 300
        backoff.next("a", now)
