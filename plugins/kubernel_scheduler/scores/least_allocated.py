"""Nodes with more left are better, so that load spreads."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import MAX_SCORE, Scope
from kubernel_scheduler.node_table import Rows, Scores
from kubernel_scheduler.pod_facts import PodFacts


class LeastAllocated:
    """The free share of processors and memory with the pod on the node, averaged."""

    scope: ClassVar[Scope] = Scope.ROW

    def __init__(self, cluster: Cluster) -> None:
        self._resources = cluster.resources

    def prepare(self, facts: PodFacts) -> Mapping[str, int] | None:
        return facts.scored

    def score(self, state: Mapping[str, int], rows: Rows) -> Scores:
        total: Scores | None = None
        for name, amount in state.items():
            allocatable = self._resources.of(name).allocatable.data[rows]
            left = allocatable - self._resources.scored[name].data[rows] - amount
            share = np.maximum(left, 0) / np.maximum(allocatable, 1)
            total = share if total is None else total + share
        assert total is not None
        return total * (MAX_SCORE / len(state))
