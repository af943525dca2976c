"""Quantities are exact, and read as Kubernetes reads them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubernel.types.quantity import is_quantity, milli, parse_quantity, whole


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("100m", "0.1"),
        ("1.5", "1.5"),
        (".5", "0.5"),
        ("1.", "1"),
        ("2Gi", str(2 << 30)),
        ("1k", "1000"),
        ("1e3", "1000"),
        ("1E3", "1000"),
        ("1E", "1000000000000000000"),
        ("-5", "-5"),
        ("250n", "0.00000025"),
    ],
)
def test_parses(text: str, value: str) -> None:
    assert parse_quantity(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "m", "1 Gi", "1gi", "1K", "0x10", "1..2", "1e", "one", "1Gii", "--1"])
def test_refuses(text: str) -> None:
    assert not is_quantity(text)
    with pytest.raises(ValueError, match="quantities must match"):
        parse_quantity(text)


def test_only_text_and_numbers_are_quantities() -> None:
    assert is_quantity(3)
    assert is_quantity(0.5)
    assert not is_quantity(True)
    assert not is_quantity(None)
    assert not is_quantity(["1"])


def test_rounds_up_so_that_a_request_is_never_forgotten() -> None:
    assert milli("1n") == 1
    assert milli("1.0005") == 1001
    assert whole("100m") == 1
    assert whole("1Ki") == 1024


@given(st.integers(0, 10**15), st.sampled_from(["", "m", "k", "Mi", "Gi"]))
def test_milli_and_whole_are_the_least_that_cover_the_value(number: int, suffix: str) -> None:
    text = f"{number}{suffix}"
    exact = parse_quantity(text)
    assert Decimal(milli(text)) - 1 < exact * 1000 <= Decimal(milli(text))
    assert Decimal(whole(text)) - 1 < exact <= Decimal(whole(text))
