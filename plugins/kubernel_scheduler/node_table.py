"""Nodes as rows: every fact about nodes is a column, an array with one entry for each row.

Rows of nodes that left are given to new ones. Columns grow together, also those that an evaluation keeps for itself, and go
with their owner. Journals tell which rows have changed since somebody last looked, so that a look costs what has changed and
not what there is.
"""

import weakref
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = slice | NDArray[np.intp]
"""Which rows are asked about: a slice (of one row, or of all) is answered without a copy."""
Mask: TypeAlias = NDArray[np.bool_]
Scores: TypeAlias = NDArray[np.float64]

_FIRST_CAPACITY = 64
_JOURNAL = 32_768


class Column:
    """One array; `data` is replaced when the table grows, so nobody may keep it across changes."""

    __slots__ = ("__weakref__", "data", "fill")

    def __init__(self, capacity: int, dtype: Any, fill: Any) -> None:
        self.fill = fill
        self.data: NDArray[Any] = np.full(capacity, fill, dtype)

    def grow(self, capacity: int) -> None:
        grown = np.full(capacity, self.fill, self.data.dtype)
        grown[: len(self.data)] = self.data
        self.data = grown


class Journal:
    """Rows in the order of their changes."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._forgotten = 0

    def add(self, row: int) -> None:
        if len(self._rows) >= _JOURNAL:
            half = _JOURNAL // 2
            del self._rows[:half]
            self._forgotten += half
        self._rows.append(row)

    @property
    def position(self) -> int:
        """How many changes there were."""
        return self._forgotten + len(self._rows)

    def since(self, position: int, limit: int) -> list[int] | None:
        """The rows that changed after a position; None when they are more than `limit` or no longer remembered."""
        start = position - self._forgotten
        if start < 0 or len(self._rows) - start > limit:
            return None
        changed = self._rows[start:]
        return changed if len(changed) < 2 else list(dict.fromkeys(changed))


class NodeTable:
    """Names, rows, columns and the two journals: `node_changes` of the nodes themselves, `row_changes` of what is on them too."""

    def __init__(self) -> None:
        self._capacity = _FIRST_CAPACITY
        self._columns: weakref.WeakSet[Column] = weakref.WeakSet()
        self._free: list[int] = []
        self.size = 0
        self.names: list[str] = []
        self.row_of: dict[str, int] = {}
        self.live = self.column(np.bool_, False)
        self.node_changes = Journal()
        self.row_changes = Journal()

    def column(self, dtype: Any, fill: Any = 0) -> Column:
        """A new column; it lives as long as somebody holds it."""
        column = Column(self._capacity, dtype, fill)
        self._columns.add(column)
        return column

    @property
    def everything(self) -> slice:
        """All rows that are or were in use."""
        return slice(0, self.size)

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self.row_of)

    def add(self, name: str) -> int:
        """The row of a node, a new one for a new node."""
        row = self.row_of.get(name)
        if row is not None:
            return row
        if self._free:
            row = self._free.pop()
            self.names[row] = name
        else:
            row = self.size
            self.size += 1
            self.names.append(name)
            if self.size > self._capacity:
                self._capacity *= 2
                for column in self._columns:
                    column.grow(self._capacity)
        self.row_of[name] = row
        self.live.data[row] = True
        return row

    def remove(self, name: str) -> None:
        """Free the row of a node; its owner has cleared the other columns."""
        row = self.row_of.pop(name)
        self.names[row] = ""
        self.live.data[row] = False
        self._free.append(row)

    def node_changed(self, row: int) -> None:
        self.node_changes.add(row)
        self.row_changes.add(row)
