"""Whole numbers in texts that anybody may have written: annotations, parameters, percentages.

`str.isdigit` is no answer to whether `int` can read a text: it says yes to `²` and to five thousand digits, where `int` raises,
and to the digits of every script, which no other reader of the same text knows.
"""

_MOST_DIGITS = 19


def whole_number(text: str) -> int | None:
    """The number that a text of at most nineteen plain digits says; None where it says none."""
    return int(text) if len(text) <= _MOST_DIGITS and text.isascii() and text.isdigit() else None
