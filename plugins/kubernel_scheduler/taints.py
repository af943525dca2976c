"""Taints of nodes: each distinct set of taints has a number, so that a pod's tolerations are held against each set once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kubernel.types.json import Object
from kubernel_scheduler.node_table import NodeTable, Rows


@dataclass(frozen=True, slots=True)
class Taint:
    """One taint, without the time of its addition."""

    key: str
    value: str
    effect: str


UNSCHEDULABLE = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")


@dataclass(frozen=True, slots=True)
class Toleration:
    """One toleration; an empty key with `Exists` tolerates everything, an empty effect every effect."""

    key: str
    operator: str
    value: str
    effect: str

    def tolerates(self, taint: Taint) -> bool:
        if self.effect and self.effect != taint.effect:
            return False
        if self.key and self.key != taint.key:
            return False
        if self.operator == "Exists":
            return True
        return bool(self.key) and self.value == taint.value


def read_taints(taints: Iterable[Object] | None) -> tuple[Taint, ...]:
    return tuple(Taint(t["key"], t.get("value") or "", t.get("effect", "")) for t in taints or ())


def read_tolerations(tolerations: Iterable[Object] | None) -> tuple[Toleration, ...]:
    return tuple(
        Toleration(t.get("key") or "", t.get("operator") or "Equal", t.get("value") or "", t.get("effect") or "")
        for t in tolerations or ()
    )


def untolerated(taints: Iterable[Taint], tolerations: Sequence[Toleration], effects: tuple[str, ...]) -> list[Taint]:
    """The taints with one of these effects that nothing tolerates."""
    return [t for t in taints if t.effect in effects and not any(toleration.tolerates(t) for toleration in tolerations)]


class TaintTable:
    """Which set of taints each row has; number 0 is the empty set."""

    def __init__(self, table: NodeTable) -> None:
        self._column = table.column(np.int32, 0)
        self._numbers: dict[tuple[Taint, ...], int] = {(): 0}
        self.sets: list[tuple[Taint, ...]] = [()]

    def set(self, row: int, taints: tuple[Taint, ...]) -> None:
        number = self._numbers.setdefault(taints, len(self.sets))
        if number == len(self.sets):
            self.sets.append(taints)
        self._column.data[row] = number

    def per_row(self, rows: Rows, dtype: Any, value: Callable[[tuple[Taint, ...]], Any]) -> NDArray[Any]:
        """A value for each row that follows from its taints; worked out once for each distinct set."""
        numbers = self._column.data[rows]
        if len(numbers) == 1:
            return np.array([value(self.sets[numbers[0]])], dtype)
        values: NDArray[Any] = np.array([value(taints) for taints in self.sets], dtype)[numbers]
        return values

    def at(self, row: int) -> tuple[Taint, ...]:
        return self.sets[int(self._column.data[row])]
