"""Numbers that may be a percentage (`25%`) or the name of a port."""

import math
from fractions import Fraction

from kubernel.types.numbers import whole_number


def scaled(value: int | str, total: int, *, round_up: bool) -> int:
    """An absolute number from a number or a percentage of `total`.

    :raises ValueError: a text that is not a percentage.
    """
    if isinstance(value, int):
        return value
    percent = whole_number(value[:-1]) if value.endswith("%") else None
    if percent is None:
        raise ValueError(f"a percentage like 25% is expected, found {value!r}")
    share = Fraction(percent * total, 100)
    return math.ceil(share) if round_up else math.floor(share)
