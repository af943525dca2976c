"""Pods that demand to be spread: no domain may be ahead of the emptiest one by more than the allowed skew."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.domains import CountedNodes, per_domain
from kubernel_scheduler.framework import Scope
from kubernel_scheduler.node_selector import NodeDemand, node_demand
from kubernel_scheduler.node_table import Mask, Rows
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


class TopologySpread:
    """`topologySpreadConstraints` with DoNotSchedule."""

    scope: ClassVar[Scope] = Scope.CLUSTER
    wakers: ClassVar[frozenset[str]] = frozenset(("NodeAdded", "NodeChanged", "PodAdded", "PodRemoved", "PodChanged"))

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def prepare(self, facts: PodFacts) -> _State | None:
        constraints = tuple(constraint for constraint in facts.spread if constraint.required)
        if not constraints:
            return None
        tallies = [self._cluster.tallies.matching((constraint.pods,)) for constraint in constraints]
        return _State(facts, node_demand(facts), constraints, tallies, CountedNodes(self._cluster, constraints))

    def passes(self, state: _State, rows: Rows) -> Mask:
        size = self._cluster.nodes.size
        masks, _ = state.counted.get(state.demand, state.facts.tolerations)
        passing = np.ones(size, np.bool_)
        for constraint, tally, counted in zip(state.constraints, state.tallies, masks, strict=True):
            key = self._cluster.labels.key(constraint.topology_key)
            codes = key.column.data[:size]
            counts = per_domain(key, codes, tally.column.data[:size], counted)
            present = np.bincount(codes[counted] + 1, minlength=key.domains + 1)[1:] > 0
            number = int(present.sum())
            fewest = int(counts[:-1][present].min()) if number and number >= constraint.min_domains else 0
            itself = int(constraint.pods.matches(state.facts.namespace, state.facts.labels))
            passing &= (codes >= 0) & (counts[codes] + itself - fewest <= constraint.max_skew)
        return passing[rows]

    def reasons(self, state: _State, row: int) -> Iterable[str]:
        for constraint in state.constraints:
            if self._cluster.labels.key(constraint.topology_key).column.data[row] < 0:
                return ("node(s) didn't match pod topology spread constraints (missing required label)",)
        return ("node(s) didn't match pod topology spread constraints",)
