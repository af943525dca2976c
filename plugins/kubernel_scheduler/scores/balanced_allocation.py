"""Nodes whose processors and memory would be used to the same degree are better: neither is left over without the other."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import MAX_SCORE, Scope
from kubernel_scheduler.node_table import Rows, Scores
from kubernel_scheduler.pod_facts import PodFacts
from kubernel_scheduler.resources import CPU, MEMORY


class BalancedAllocation:
    """100 less the standard deviation of the two used shares."""

    scope: ClassVar[Scope] = Scope.ROW

    def __init__(self, cluster: Cluster) -> None:
        self._resources = cluster.resources

    def prepare(self, facts: PodFacts) -> Mapping[str, int] | None:
        return facts.scored

    def score(self, state: Mapping[str, int], rows: Rows) -> Scores:
        difference = self._used(CPU, state[CPU], rows) - self._used(MEMORY, state[MEMORY], rows)
        return MAX_SCORE - np.abs(difference) * (MAX_SCORE / 2)

    def _used(self, name: str, amount: int, rows: Rows) -> Scores:
        allocatable = self._resources.of(name).allocatable.data[rows]
        used: Scores = (self._resources.scored[name].data[rows] + amount) / np.maximum(allocatable, 1)
        return np.minimum(used, 1.0)
