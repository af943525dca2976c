"""Resource quantities (`100m`, `1.5`, `2Gi`, `1e3`): parsed exactly, compared and added as numbers.

The grammar is that of Kubernetes' resource.Quantity: a decimal number with an optional binary (Ki ... Ei) or decimal
(n, u, m, k, M, G, T, P, E) suffix or exponent.
"""

import re
from decimal import ROUND_UP, Context, Decimal
from functools import lru_cache
from math import ceil

_PATTERN = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,4}))?$", re.ASCII)
_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal("1e3"),
    "M": Decimal("1e6"),
    "G": Decimal("1e9"),
    "T": Decimal("1e12"),
    "P": Decimal("1e15"),
    "E": Decimal("1e18"),
    "Ki": Decimal(1 << 10),
    "Mi": Decimal(1 << 20),
    "Gi": Decimal(1 << 30),
    "Ti": Decimal(1 << 40),
    "Pi": Decimal(1 << 50),
    "Ei": Decimal(1 << 60),
}
_DECIMAL = {-9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
_NANO = Decimal("1e-9")
_MOST = Decimal((1 << 63) - 1)
_WIDE = Context(prec=40)


@lru_cache(maxsize=4096)
def parse_quantity(text: str | int | float) -> Decimal:
    """The exact value of a quantity.

    :raises ValueError: the text is not a quantity.
    """
    match = _PATTERN.fullmatch(str(text))
    if match is None:
        raise ValueError(f"quantities must match the regular expression of a number with a suffix, found {text!r}")
    number, suffix, exponent = match.groups()
    value = Decimal(number)
    if suffix:
        return value * _SUFFIXES[suffix]
    if exponent:
        return value.scaleb(int(exponent))
    return value


def is_quantity(text: object) -> bool:
    """Whether the text parses."""
    return isinstance(text, str | int | float) and not isinstance(text, bool) and _PATTERN.fullmatch(str(text)) is not None


@lru_cache(maxsize=4096)
def milli(text: str | int | float) -> int:
    """The value in thousandths, rounded up: how processors are counted."""
    return ceil(parse_quantity(text) * 1000)


@lru_cache(maxsize=4096)
def whole(text: str | int | float) -> int:
    """The value in whole units, rounded up: how memory and pods are counted."""
    return ceil(parse_quantity(text))


@lru_cache(maxsize=4096)
def canonical(text: str | int | float) -> str:
    """The one way in which the API writes a quantity: `0.5` is `500m`, `1000m` is `1`, `1024Mi` is `1Gi`, `1000` is `1k`.

    The kind of suffix stays (binary, decimal, exponent); a binary one gives way to a decimal one where it would be inexact or the
    value is below 1024. Finer than a billionth is rounded up, away from zero; what 64 bits cannot count is cut to what they can.

    :raises ValueError: the text is not a quantity.
    """
    value = max(-_MOST, min(_MOST, parse_quantity(text))).quantize(_NANO, rounding=ROUND_UP, context=_WIDE)
    match = _PATTERN.fullmatch(str(text))
    suffix, exponent = (match[2], match[3]) if match else (None, None)
    if not value:
        return "0"
    if suffix and suffix.endswith("i") and abs(value) >= 1024 and value == value.to_integral_value():
        number, power = int(value), 0
        while number % 1024 == 0 and power < 6:
            number, power = number // 1024, power + 1
        return f"{number}{('', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei')[power]}"
    digits, power = int(value.scaleb(9, _WIDE)), -9
    while digits % 1000 == 0 and (exponent is not None or power < 18):
        digits, power = digits // 1000, power + 3
    if exponent is not None:
        return f"{digits}e{power}" if power else str(digits)
    return f"{digits}{_DECIMAL[power]}"
