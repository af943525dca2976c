"""Conditions: the list of aspects in a status, each with the moment at which it last changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from kubernel.types.json import Object
from kubernel.types.times import format_time


def find_condition(obj: Object, kind: str) -> Object | None:
    """The condition of one type in an object's status."""
    return condition_in((obj.get("status") or {}).get("conditions") or (), kind)


def condition_in(conditions: Iterable[Object], kind: str) -> Object | None:
    """The condition of one type in a list."""
    return next((condition for condition in conditions if condition.get("type") == kind), None)


def condition_status(obj: Object, kind: str) -> str:
    """True, False or Unknown; "" where the condition is not there."""
    found = find_condition(obj, kind)
    return str(found.get("status", "")) if found else ""


def with_condition(conditions: Sequence[Object] | None, new: Object, now: datetime) -> list[Object]:
    """The conditions with one of them set: its transition time stays where its status did not change.

    The given list is left alone; other fields of the condition that `new` does not name are kept.
    """
    answer, found = [], False
    for condition in conditions or ():
        if condition.get("type") != new["type"]:
            answer.append(condition)
            continue
        found = True
        same = condition.get("status") == new["status"]
        since = condition.get("lastTransitionTime") if same else None
        answer.append({**condition, **new, "lastTransitionTime": since or format_time(now)})
    if not found:
        answer.append({**new, "lastTransitionTime": format_time(now)})
    return answer


def without_condition(conditions: Sequence[Object], kind: str) -> list[Object]:
    """The conditions without one type; the given list is left alone."""
    return [condition for condition in conditions if condition.get("type") != kind]
