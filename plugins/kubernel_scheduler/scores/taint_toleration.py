"""Nodes with fewer taints that only ask to stay away are better."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import MAX_SCORE, Scope
from kubernel_scheduler.node_table import Rows, Scores
from kubernel_scheduler.pod_facts import PodFacts
from kubernel_scheduler.taints import Taint, Toleration, untolerated


class PreferUntainted:
    """Taints with the effect PreferNoSchedule: each untolerated one halves the score."""

    scope: ClassVar[Scope] = Scope.NODE

    def __init__(self, cluster: Cluster) -> None:
        self._taints = cluster.taints

    def prepare(self, facts: PodFacts) -> Sequence[Toleration] | None:
        return facts.tolerations

    def score(self, state: Sequence[Toleration], rows: Rows) -> Scores:
        def value(taints: tuple[Taint, ...]) -> float:
            return MAX_SCORE / 2.0 ** len(untolerated(taints, state, ("PreferNoSchedule",)))

        return self._taints.per_row(rows, np.float64, value)
