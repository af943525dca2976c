"""Conditions of an object's status: looked up and replaced by type, with the time of their last real change."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from kubernel.types.json import Object
from kubernel.types.times import format_time


def condition(obj: Object, type: str) -> Object | None:
    """The condition of this type in an object's status, if there is one."""
    return find_condition((obj.get("status") or {}).get("conditions") or (), type)


def find_condition(conditions: Iterable[Object], type: str) -> Object | None:
    """The condition of this type in a list, if there is one."""
    return next((found for found in conditions if found.get("type") == type), None)


def is_true(obj: Object, type: str) -> bool:
    """Whether the object's status says True under this type."""
    found = condition(obj, type)
    return found is not None and found.get("status") == "True"


def with_condition(conditions: Sequence[Object], new: Object, now: datetime) -> list[Object]:
    """A copy of the list in which `new` stands in its type's place (or at the end).

    `lastTransitionTime` becomes `now`, or stays that of the former condition where the status is the same.
    """
    before = find_condition(conditions, new["type"])
    same = before is not None and before.get("status") == new["status"] and before.get("lastTransitionTime")
    moment = before["lastTransitionTime"] if before is not None and same else format_time(now)
    written = {**new, "lastTransitionTime": moment}
    if before is None:
        return [*conditions, written]
    return [written if found is before else found for found in conditions]


def without_condition(conditions: Sequence[Object], type: str) -> list[Object]:
    """A copy of the list without this type."""
    return [found for found in conditions if found.get("type") != type]
