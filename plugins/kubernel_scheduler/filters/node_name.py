"""A pod that asks for a node by name gets that one or none."""

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import Scope
from kubernel_scheduler.node_table import Mask, Rows
from kubernel_scheduler.pod_facts import PodFacts


class NodeName:
    """`spec.nodeName`."""

    scope: ClassVar[Scope] = Scope.NODE
    wakers: ClassVar[frozenset[str]] = frozenset(("NodeAdded",))

    def __init__(self, cluster: Cluster) -> None:
        self._nodes = cluster.nodes

    def prepare(self, facts: PodFacts) -> str | None:
        return facts.node_name or None

    def passes(self, state: str, rows: Rows) -> Mask:
        mask = np.zeros(self._nodes.size, np.bool_)
        row = self._nodes.row_of.get(state)
        if row is not None:
            mask[row] = True
        return mask[rows]

    def reasons(self, state: str, row: int) -> Iterable[str]:
        return ("node(s) didn't match the requested node name",)
