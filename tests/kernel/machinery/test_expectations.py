"""Expectations: a loop waits until it has seen what it did, but not for ever."""

from kubernel.machinery.expectations import Expectations
from kubernel.testing.clock import FakeClock


def test_without_expectations_everything_is_satisfied() -> None:
    assert Expectations(FakeClock()).satisfied("a")


def test_creations_are_struck_off_one_by_one() -> None:
    expectations = Expectations(FakeClock())
    expectations.expect_creations("a", 2)
    expectations.creation_observed("a")
    assert not expectations.satisfied("a")
    expectations.creation_observed("a")
    assert expectations.satisfied("a")


def test_more_creations_than_expected_do_not_count_for_later() -> None:
    expectations = Expectations(FakeClock())
    expectations.expect_creations("a", 1)
    expectations.creation_observed("a", 5)
    expectations.expect_creations("a", 1)
    assert not expectations.satisfied("a")


def test_a_deletion_that_is_seen_twice_counts_once() -> None:
    expectations = Expectations(FakeClock())
    expectations.expect_deletions("a", ["u1", "u2"])
    expectations.deletion_observed("a", "u1")
    expectations.deletion_observed("a", "u1")
    assert not expectations.satisfied("a")
    expectations.deletion_observed("a", "u2")
    assert expectations.satisfied("a")


def test_what_never_comes_is_given_up_after_the_timeout() -> None:
    clock = FakeClock()
    expectations = Expectations(clock, timeout=300)
    expectations.expect_creations("a", 1)
    clock.advance(299)
    assert not expectations.satisfied("a")
    clock.advance(2)
    assert expectations.satisfied("a")


def test_keys_do_not_touch_each_other_and_can_be_forgotten() -> None:
    expectations = Expectations(FakeClock())
    expectations.expect_creations("a", 1)
    assert expectations.satisfied("b")
    expectations.forget("a")
    assert expectations.satisfied("a")
