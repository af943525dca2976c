"""Pods that wish to be spread: nodes in emptier domains are better."""

import math
from typing import ClassVar

import numpy as np

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.domains import SpreadState
from kubernel_scheduler.framework import MAX_SCORE, Scope
from kubernel_scheduler.node_table import Rows, Scores
from kubernel_scheduler.pod_facts import PodFacts


class PreferredTopologySpread:
    """`topologySpreadConstraints` with ScheduleAnyway. A constraint with many domains weighs more than one with few, since a
    pod more or less matters more there; nodes without one of the keys come last."""

    scope: ClassVar[Scope] = Scope.CLUSTER

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def prepare(self, facts: PodFacts) -> SpreadState | None:
        constraints = tuple(constraint for constraint in facts.spread if not constraint.required)
        return SpreadState(self._cluster, facts, constraints) if constraints else None

    def score(self, state: SpreadState, rows: Rows) -> Scores | None:
        size = self._cluster.nodes.size
        crowd = np.zeros(size)
        for domains in state.domains():
            counts = domains.counts() * math.log(domains.domains + 2) + (domains.constraint.max_skew - 1)
            crowd += counts[domains.key.column.data[:size]]
        keyed = state.keyed
        if not keyed.any():
            return None
        known = crowd[keyed]
        most, least = known.max(), known.min()
        score = (most + least - crowd) * (MAX_SCORE / most) if most else np.full(size, MAX_SCORE)
        return np.where(keyed, score, 0.0)[rows]
