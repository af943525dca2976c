"""Nodes near pods that the pod likes, or whose pods like it, are better; far from those that it does not like, too."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import MAX_SCORE, Scope
from kubernel_scheduler.node_table import Rows, Scores
from kubernel_scheduler.pod_facts import PodFacts
from kubernel_scheduler.tallies import HeldTerm, Tally

_DEMAND_WEIGHT = 1
"""How much the required affinity of a pod that is there counts as its wish for company."""


@dataclass(slots=True)
class _State:
    facts: PodFacts
    tallies: list[Tally]
    versions: tuple[int, int]
    about: list[tuple[int, HeldTerm]]


class PreferredPodAffinity:
    """Preferred pod affinity and anti-affinity, in both directions."""

    scope: ClassVar[Scope] = Scope.CLUSTER

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def prepare(self, facts: PodFacts) -> _State | None:
        tallies = [self._cluster.tallies.matching((term.pods,)) for term in facts.wishes]
        return _State(facts, tallies, (-1, -1), [])

    def score(self, state: _State, rows: Rows) -> Scores | None:
        size = self._cluster.nodes.size
        wishes, demands = self._cluster.wishes, self._cluster.demands
        if state.versions != (wishes.version, demands.version):
            state.about = [(held.term.weight, held) for held in wishes.about(state.facts)]
            state.about += [(_DEMAND_WEIGHT, held) for held in demands.about(state.facts)]
            state.versions = (wishes.version, demands.version)
        if not state.about and not any(tally.total for tally in state.tallies):
            return None
        total: Scores = np.zeros(size)
        for term, tally in zip(state.facts.wishes, state.tallies, strict=True):
            if tally.total:
                total += term.weight * self._near(term.topology_key, tally)
        for weight, held in state.about:
            total += weight * self._near(held.term.topology_key, held.tally)
        live = self._cluster.nodes.live.data[:size]
        most, least = total[live].max(initial=0.0), total[live].min(initial=0.0)
        if most == least:
            return None
        score: Scores = (total - least) * (MAX_SCORE / (most - least))
        return score[rows]

    def _near(self, topology_key: str, tally: Tally) -> NDArray[np.int64]:
        """How many of the counted pods are in each node's domain."""
        key = self._cluster.labels.key(topology_key)
        near: NDArray[np.int64] = tally.in_domains(key)[key.column.data[: self._cluster.nodes.size]]
        return near
