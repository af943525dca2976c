"""What nodes have and what is left of it: two columns for each resource, so that extended resources cost nothing elsewhere.

Processors are counted in thousandths, everything else in whole units. For scores, pods without requests are counted with a
typical need, so that a node full of them does not look empty.
"""

from collections.abc import Mapping

import numpy as np

from kubernel.types.quantity import milli, whole
from kubernel_scheduler.node_table import Column, NodeTable

CPU, MEMORY, PODS = "cpu", "memory", "pods"
MOST = 1 << 50
"""More of anything than a node has; thousands of it can be added up in 64 bits."""


class ResourceColumns:
    """One resource."""

    __slots__ = ("allocatable", "free")

    def __init__(self, table: NodeTable) -> None:
        self.allocatable = table.column(np.int64)
        self.free = table.column(np.int64)


class ResourceTable:
    """All resources of all nodes."""

    def __init__(self, table: NodeTable) -> None:
        self._table = table
        self._columns: dict[str, ResourceColumns] = {}
        self.scored: dict[str, Column] = {CPU: table.column(np.int64), MEMORY: table.column(np.int64)}
        """How much is in use, as scores count it."""

    def of(self, name: str) -> ResourceColumns:
        """The columns of a resource; of an unknown one no node has any."""
        columns = self._columns.get(name)
        if columns is None:
            columns = self._columns[name] = ResourceColumns(self._table)
        return columns

    def set(self, row: int, allocatable: Mapping[str, str | int]) -> None:
        """A node's allocatable resources; what is in use there is kept."""
        amounts = {name: amount_of(name, quantity) for name, quantity in allocatable.items()}
        for name in amounts.keys() | self._columns.keys():
            columns = self.of(name)
            amount = amounts.get(name, 0)
            columns.free.data[row] += amount - columns.allocatable.data[row]
            columns.allocatable.data[row] = amount

    def take(self, row: int, requests: Mapping[str, int], scored: Mapping[str, int], sign: int) -> None:
        """A pod comes (`sign` 1) or goes (-1)."""
        for name, amount in requests.items():
            self.of(name).free.data[row] -= sign * amount
        self.of(PODS).free.data[row] -= sign
        for name, amount in scored.items():
            self.scored[name].data[row] += sign * amount


def amount_of(name: str, quantity: str | int) -> int:
    """A quantity in the unit of its resource; more than any node has is as good as the most, whose sums still fit the arrays."""
    return min(milli(quantity) if name == CPU else whole(quantity), MOST)
