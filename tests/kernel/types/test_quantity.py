"""Quantities are exact, and read as Kubernetes reads them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubernel.types.quantity import canonical, is_quantity, milli, parse_quantity, whole


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


@pytest.mark.parametrize("text", ["", "m", "1 Gi", "1gi", "1K", "0x10", "1..2", "1e", "one", "1Gii", "--1", "1e99999"])
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


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0.5", "500m"),
        ("1000m", "1"),
        (1500, "1500"),
        ("1000", "1k"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.1Gi", "107374182400m"),
        ("0.5Ki", "512"),
        ("1023", "1023"),
        ("1e3", "1e3"),
        ("12e6", "12e6"),
        ("0Gi", "0"),
        ("-1500m", "-1500m"),
        ("0.1n", "1n"),
        ("1e-300", "1e-9"),
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "9223372036854775807"),
        (-1e191, "-9223372036854775807"),
    ],
)
def test_a_quantity_is_written_in_one_way(text: str | int, written: str) -> None:
    assert canonical(text) == written


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=9))
def test_writing_a_quantity_keeps_its_value(value: Decimal) -> None:
    for suffix in ("", "k", "Ki", "e3"):
        text = f"{value:f}{suffix}"
        written = canonical(text)
        assert canonical(written) == written
        assert abs(parse_quantity(written) - parse_quantity(text)) < Decimal("1e-9")
