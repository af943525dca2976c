"""Nodes that a pod prefers by their labels are better."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import MAX_SCORE, Scope
from kubernel_scheduler.node_selector import NodeTerm, preferred_terms
from kubernel_scheduler.node_table import Rows, Scores
from kubernel_scheduler.pod_facts import PodFacts


class PreferredNodeAffinity:
    """The weights of the preferred terms that hold, as a share of all weights."""

    scope: ClassVar[Scope] = Scope.NODE

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def prepare(self, facts: PodFacts) -> Sequence[tuple[float, NodeTerm]] | None:
        return preferred_terms(facts) or None

    def score(self, state: Sequence[tuple[float, NodeTerm]], rows: Rows) -> Scores:
        total = np.zeros(len(self._cluster.nodes.live.data[rows]))
        for weight, term in state:
            total += weight * term.matches(self._cluster, rows)
        return total * (MAX_SCORE / sum(weight for weight, _ in state))
