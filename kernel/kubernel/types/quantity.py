"""Resource quantities (`100m`, `1.5`, `2Gi`, `1e3`): parsed exactly, compared and added as numbers.

The grammar is that of Kubernetes' resource.Quantity: a decimal number with an optional binary (Ki ... Ei) or decimal
(n, u, m, k, M, G, T, P, E) suffix or exponent.
"""

import re
from decimal import Decimal
from functools import lru_cache

_PATTERN = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$")
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


@lru_cache(maxsize=4096)
def parse_quantity(text: str | int | float) -> Decimal:
    """The exact value of a quantity.

    :raises ValueError: the text is not a quantity.
    """
    match = _PATTERN.match(str(text))
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
    return isinstance(text, str | int | float) and not isinstance(text, bool) and _PATTERN.match(str(text)) is not None


@lru_cache(maxsize=4096)
def milli(text: str | int | float) -> int:
    """The value in thousandths, rounded up: how processors are counted."""
    return -int(-(parse_quantity(text) * 1000) // 1)


@lru_cache(maxsize=4096)
def whole(text: str | int | float) -> int:
    """The value in whole units, rounded up: how memory and pods are counted."""
    return -int(-parse_quantity(text) // 1)
