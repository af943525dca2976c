"""Labels of nodes as columns of small numbers: a selector over five thousand nodes is a comparison of arrays.

Each label key has a column of codes, -1 where a node does not have it. A code whose last node has gone is given to another
value, so nobody may keep codes; looking them up is cheap.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from kubernel.types.selectors import Requirement
from kubernel_scheduler.node_table import Column, Mask, NodeTable, Rows

ABSENT = -1


class LabelKey:
    """The values of one key."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self.codes: dict[str, int] = {}
        self._uses: list[int] = []
        self._numbers: list[int | None] = []
        self._free: list[int] = []
        self.version = 0
        """Changes whenever a node gets another value."""

    @property
    def domains(self) -> int:
        """Codes are below this number."""
        return len(self._uses)

    def set(self, row: int, old: str | None, new: str | None) -> None:
        self.version += 1
        if old is not None:
            code = self.codes[old]
            self._uses[code] -= 1
            if not self._uses[code]:
                del self.codes[old]
                self._free.append(code)
        self.column.data[row] = ABSENT if new is None else self._use(new)

    def _use(self, value: str) -> int:
        code = self.codes.get(value)
        if code is None:
            number = _number(value)
            if self._free:
                code = self._free.pop()
                self._numbers[code] = number
            else:
                code = len(self._uses)
                self._uses.append(0)
                self._numbers.append(number)
            self.codes[value] = code
        self._uses[code] += 1
        return code

    def holds(self, requirement: Requirement, rows: Rows) -> Mask:
        """Which rows meet a requirement on this key."""
        codes: NDArray[np.int32] = self.column.data[rows]
        match requirement.operator:
            case "In":
                return self._among(codes, requirement.values)
            case "NotIn":
                return ~self._among(codes, requirement.values)
            case "Exists":
                return codes >= 0
            case "DoesNotExist":
                return codes < 0
            case _:
                bound = _number(next(iter(requirement.values), ""))
                greater = requirement.operator == "Gt"
                fits = [
                    number is not None and bound is not None and (number > bound if greater else number < bound)
                    for number in self._numbers
                ]
                # One more entry, False, is what the code -1 finds at the end.
                mask: Mask = np.array([*fits, False], np.bool_)[codes]
                return mask

    def _among(self, codes: NDArray[np.int32], values: frozenset[str]) -> Mask:
        wanted = [self.codes[value] for value in values if value in self.codes]
        if not wanted:
            return np.zeros(len(codes), np.bool_)
        mask: Mask = codes == wanted[0] if len(wanted) == 1 else np.isin(codes, wanted)
        return mask


class LabelIndex:
    """All keys of all nodes."""

    def __init__(self, table: NodeTable) -> None:
        self._table = table
        self._keys: dict[str, LabelKey] = {}

    def set(self, row: int, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        """A node's labels have changed."""
        for key in old.keys() | new.keys():
            before, after = old.get(key), new.get(key)
            if before != after:
                self.key(key).set(row, before, after)

    def key(self, key: str) -> LabelKey:
        """A key's values; an unknown key is one that no node has."""
        known = self._keys.get(key)
        if known is None:
            known = self._keys[key] = LabelKey(self._table.column(np.int32, ABSENT))
        return known

    def holds(self, requirement: Requirement, rows: Rows) -> Mask:
        """Which rows meet a requirement."""
        return self.key(requirement.key).holds(requirement, rows)


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
