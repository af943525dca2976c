"""Counting by domain under a spread constraint: which nodes' pods count, and how many each domain has.

Mostly all nodes that have the key count, and then the tally knows the answer already; where the pod's own demands on nodes
leave some out, it is summed up anew.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.labels import LabelKey
from kubernel_scheduler.node_selector import NodeDemand, node_demand
from kubernel_scheduler.node_table import Mask
from kubernel_scheduler.pod_facts import PodFacts
from kubernel_scheduler.taints import untolerated
from kubernel_scheduler.tallies import Tally
from kubernel_scheduler.terms import SpreadConstraint


@dataclass(slots=True)
class SpreadDomains:
    """One constraint of one kind of pod: its key, the nodes that it counts, and the domains that these make up."""

    constraint: SpreadConstraint
    key: LabelKey
    tally: Tally
    itself: int
    """1 when the pod that is to be placed is counted too."""
    counted: Mask
    whole: bool
    """Whether every node that has the key is counted."""
    present: Mask
    domains: int

    def counts(self) -> NDArray[np.int64]:
        """Pods per domain; the entry after the last is 0, for nodes without the key."""
        if self.whole:
            return self.tally.in_domains(self.key)
        size = len(self.counted)
        codes = self.key.column.data[:size][self.counted]
        weights = self.tally.column.data[:size][self.counted]
        summed = np.bincount(codes + 1, weights=weights, minlength=self.key.domains + 1)
        return np.append(summed[1:], 0).astype(np.int64)


class SpreadState:
    """All constraints of a kind of pod; what follows from the nodes is kept until a node changes."""

    def __init__(self, cluster: Cluster, facts: PodFacts, constraints: tuple[SpreadConstraint, ...]) -> None:
        self._cluster, self._facts = cluster, facts
        self._demand = node_demand(facts)
        self._position = -1
        self._domains: list[SpreadDomains] = []
        self.constraints = constraints
        self._tallies = [cluster.tallies.matching((constraint.pods,)) for constraint in constraints]
        self.keyed: Mask = np.zeros(0, np.bool_)
        """The nodes that have every topology key: others are counted for no constraint."""

    def domains(self) -> list[SpreadDomains]:
        """The constraints against the present nodes."""
        position = self._cluster.nodes.node_changes.position
        if position != self._position:
            self._position = position
            rows = self._cluster.nodes.everything
            self.keyed = self._cluster.nodes.live.data[rows].copy()
            for constraint in self.constraints:
                self.keyed &= self._cluster.labels.key(constraint.topology_key).column.data[rows] >= 0
            self._domains = [self._of(c, tally) for c, tally in zip(self.constraints, self._tallies, strict=True)]
        return self._domains

    def _of(self, constraint: SpreadConstraint, tally: Tally) -> SpreadDomains:
        rows = self._cluster.nodes.everything
        key = self._cluster.labels.key(constraint.topology_key)
        codes = key.column.data[rows]
        counted = self.keyed & self._choosable(constraint, self._demand)
        present = np.bincount(codes[counted] + 1, minlength=key.domains + 1)[1:] > 0
        itself = int(constraint.pods.matches(self._facts.namespace, self._facts.labels))
        whole = bool((counted == (codes >= 0)).all())
        return SpreadDomains(constraint, key, tally, itself, counted, whole, present, int(present.sum()))

    def _choosable(self, constraint: SpreadConstraint, demand: NodeDemand | None) -> Mask:
        """By the constraint's policies, the nodes that the pod could have chosen."""
        rows = self._cluster.nodes.everything
        mask = np.ones(self._cluster.nodes.size, np.bool_)
        if constraint.honor_affinity and demand is not None:
            mask &= demand.matches(self._cluster, rows)
        if constraint.honor_taints:
            effects, tolerations = ("NoSchedule", "NoExecute"), self._facts.tolerations
            mask &= self._cluster.taints.per_row(rows, np.bool_, lambda taints: not untolerated(taints, tolerations, effects))
        return mask
