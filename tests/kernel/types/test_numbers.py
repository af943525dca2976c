"""Whole numbers in texts."""

import pytest

from kubernel.types.int_or_string import scaled
from kubernel.types.numbers import whole_number
from kubernel.types.quantity import is_quantity


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9223372036854775808", 1 << 63)])
def test_plain_digits_are_a_number(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1.0", "²", "\u0661", "9" * 5000])
def test_everything_else_is_none(text: str) -> None:
    assert whole_number(text) is None


@pytest.mark.parametrize("share", ["²%", "\u0661%", "9" * 5000 + "%", "%"])
def test_a_percentage_is_of_plain_digits(share: str) -> None:
    with pytest.raises(ValueError, match="a percentage like 25% is expected"):
        scaled(share, 10, round_up=True)


def test_a_quantity_is_of_plain_digits() -> None:
    assert not is_quantity("\u0661")
