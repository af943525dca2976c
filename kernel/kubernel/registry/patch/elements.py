"""The order of a merged list's elements.

The patch's own elements come in the patch's order, the server's other elements in the server's order, and the two are woven
together so that an element of the server stays before one of the patch where it was before it already. Elements are told apart
by the list's merge key, or by themselves where they are plain values.
"""

from collections.abc import Sequence
from typing import Any

from kubernel.errors import BadRequestError
from kubernel.types.json import JSON


def identity(element: JSON, key: str) -> JSON:
    """What tells an element from the others of its list."""
    return element.get(key) if key and isinstance(element, dict) else element


def position(element: JSON, order: Sequence[JSON]) -> int:
    """Where an identity stands in an order, or -1."""
    for place, other in enumerate(order):
        # true and 1 are equal to Python, but not to JSON.
        if other == element and isinstance(other, bool) == isinstance(element, bool):
            return place
    return -1


def unique(values: Sequence[Any]) -> list[Any]:
    """The values without repetitions, in order."""
    found: list[Any] = []
    for value in values:
        if position(value, found) < 0:
            found.append(value)
    return found


def arranged(merged: Sequence[Any], patch_order: Sequence[Any], server_order: Sequence[Any], key: str) -> list[Any]:
    """The merged elements in the order of the module's docstring."""
    wanted = [identity(element, key) for element in patch_order]
    server = [identity(element, key) for element in server_order]
    ours = [element for element in merged if position(identity(element, key), wanted) >= 0]
    theirs = [element for element in merged if position(identity(element, key), wanted) < 0]
    ours.sort(key=lambda element: position(identity(element, key), wanted))
    woven: list[Any] = []
    rest = iter(theirs)
    waiting = next(rest, None)
    for element in ours:
        place = position(identity(element, key), server)
        while waiting is not None and place >= 0 and 0 <= position(identity(waiting, key), server) < place:
            woven.append(waiting)
            waiting = next(rest, None)
        woven.append(element)
    if waiting is not None:
        woven.append(waiting)
        woven.extend(rest)
    return woven


def is_directive(element: JSON) -> bool:
    """Whether an element of a list only says what to do with another one."""
    return isinstance(element, dict) and element.get("$patch") in ("delete", "replace")


def check_order(patch: Sequence[JSON], order: Sequence[JSON], key: str, name: str) -> None:
    """:raises BadRequestError: a list of a patch is not in the order that the same patch gives."""
    wanted = [identity(element, key) for element in order]
    last = -1
    for element in patch:
        if is_directive(element):
            continue
        place = position(identity(element, key), wanted)
        if place < 0 or place < last:
            raise BadRequestError(f"error decoding patch: the list {name!r} does not match its $setElementOrder list")
        last = place
