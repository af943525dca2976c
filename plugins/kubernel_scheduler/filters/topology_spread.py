"""Pods that demand to be spread: no domain may be ahead of the emptiest one by more than the allowed skew."""

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.domains import SpreadState
from kubernel_scheduler.framework import Scope
from kubernel_scheduler.node_table import Mask, Rows
from kubernel_scheduler.pod_facts import PodFacts


class TopologySpread:
    """`topologySpreadConstraints` with DoNotSchedule."""

    scope: ClassVar[Scope] = Scope.CLUSTER
    wakers: ClassVar[frozenset[str]] = frozenset(("NodeAdded", "NodeChanged", "PodAdded", "PodRemoved", "PodChanged"))

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def prepare(self, facts: PodFacts) -> SpreadState | None:
        constraints = tuple(constraint for constraint in facts.spread if constraint.required)
        return SpreadState(self._cluster, facts, constraints) if constraints else None

    def passes(self, state: SpreadState, rows: Rows) -> Mask:
        size = self._cluster.nodes.size
        passing = np.ones(size, np.bool_)
        for domains in state.domains():
            constraint, counts = domains.constraint, domains.counts()
            enough = domains.domains and domains.domains >= constraint.min_domains
            fewest = int(counts[:-1][domains.present].min()) if enough else 0
            fits = counts + (domains.itself - fewest) <= constraint.max_skew
            fits[-1] = False
            passing &= fits[domains.key.column.data[:size]]
        return passing[rows]

    def reasons(self, state: SpreadState, row: int) -> Iterable[str]:
        for constraint in state.constraints:
            if self._cluster.labels.key(constraint.topology_key).column.data[row] < 0:
                return ("node(s) didn't match pod topology spread constraints (missing required label)",)
        return ("node(s) didn't match pod topology spread constraints",)
