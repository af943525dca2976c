"""Pods that wish to be spread: nodes in emptier domains are better."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.domains import CountedNodes, per_domain
from kubernel_scheduler.framework import MAX_SCORE, Scope
from kubernel_scheduler.node_selector import NodeDemand, node_demand
from kubernel_scheduler.node_table import Rows, Scores
from kubernel_scheduler.pod_facts import PodFacts
from kubernel_scheduler.tallies import Tally
from kubernel_scheduler.terms import SpreadConstraint


@dataclass(slots=True)
class _State:
    facts: PodFacts
    demand: NodeDemand | None
    constraints: tuple[SpreadConstraint, ...]
    tallies: list[Tally]
    counted: CountedNodes


class PreferredTopologySpread:
    """`topologySpreadConstraints` with ScheduleAnyway. A constraint with many domains weighs more than one with few, since a
    pod more or less matters more there; nodes without one of the keys come last."""

    scope: ClassVar[Scope] = Scope.CLUSTER

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def prepare(self, facts: PodFacts) -> _State | None:
        constraints = tuple(constraint for constraint in facts.spread if not constraint.required)
        if not constraints:
            return None
        tallies = [self._cluster.tallies.matching((constraint.pods,)) for constraint in constraints]
        return _State(facts, node_demand(facts), constraints, tallies, CountedNodes(self._cluster, constraints))

    def score(self, state: _State, rows: Rows) -> Scores:
        size = self._cluster.nodes.size
        masks, keyed = state.counted.get(state.demand, state.facts.tolerations)
        crowd = np.zeros(size)
        for constraint, tally, counted in zip(state.constraints, state.tallies, masks, strict=True):
            key = self._cluster.labels.key(constraint.topology_key)
            codes = key.column.data[:size]
            counts = per_domain(key, codes, tally.column.data[:size], counted)
            crowd += counts[codes] * math.log(len(key.codes) + 2) + (constraint.max_skew - 1)
        if not keyed.any():
            return np.zeros(size)[rows]
        most, least = crowd[keyed].max(), crowd[keyed].min()
        score = (most + least - crowd) * (MAX_SCORE / most) if most else np.full(size, MAX_SCORE)
        return np.where(keyed, score, 0.0)[rows]
