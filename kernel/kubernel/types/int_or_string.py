"""Numbers that may be a percentage (`25%`) or the name of a port."""

import math


def scaled(value: int | str, total: int, *, round_up: bool) -> int:
    """An absolute number from a number or a percentage of `total`.

    :raises ValueError: a text that is not a percentage.
    """
    if isinstance(value, int):
        return value
    if not value.endswith("%") or not value[:-1].isdigit():
        raise ValueError(f"a percentage like 25% is expected, found {value!r}")
    share = int(value[:-1]) * total / 100
    return math.ceil(share) if round_up else math.floor(share)
