"""Pods that demand to be near others or far from them, and pods that are there and keep others away."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import Scope
from kubernel_scheduler.node_table import Mask, Rows
from kubernel_scheduler.pod_facts import PodFacts
from kubernel_scheduler.tallies import HeldTerm, Tally

_NEAR = "node(s) didn't match pod affinity rules"
_FAR = "node(s) didn't match pod anti-affinity rules"
_KEPT_AWAY = "node(s) didn't satisfy existing pods anti-affinity rules"


@dataclass(slots=True)
class _State:
    facts: PodFacts
    near: Tally | None
    far: list[Tally]
    version: int
    about: list[HeldTerm]


class PodAffinity:
    """Required pod affinity and anti-affinity, in both directions."""

    scope: ClassVar[Scope] = Scope.CLUSTER
    wakers: ClassVar[frozenset[str]] = frozenset(("NodeAdded", "NodeChanged", "PodAdded", "PodRemoved", "PodChanged"))

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def prepare(self, facts: PodFacts) -> _State | None:
        tallies = self._cluster.tallies
        near = tallies.matching(tuple(term.pods for term in facts.affinity)) if facts.affinity else None
        far = [tallies.matching((term.pods,)) for term in facts.anti_affinity]
        return _State(facts, near, far, -1, [])

    def passes(self, state: _State, rows: Rows) -> Mask | None:
        held = self._cluster.distances
        if state.version != held.version:
            state.about, state.version = held.about(state.facts), held.version
        if state.near is None and not state.far and not state.about:
            return None
        return (self._near(state) & self._far(state) & self._kept_away(state))[rows]

    def reasons(self, state: _State, row: int) -> Iterable[str]:
        if not self._near(state)[row]:
            return (_NEAR,)
        return (_FAR,) if not self._far(state)[row] else (_KEPT_AWAY,)

    def _near(self, state: _State) -> Mask:
        """Every term's domain holds a pod that all terms match; the first of its kind may go anywhere with the keys."""
        size, facts = self._cluster.nodes.size, state.facts
        mask = np.ones(size, np.bool_)
        if state.near is None:
            return mask
        first = not state.near.total and all(term.pods.matches(facts.namespace, facts.labels) for term in facts.affinity)
        for term in facts.affinity:
            codes = self._cluster.labels.key(term.topology_key).column.data[:size]
            mask &= codes >= 0
            if not first:
                mask &= self._occupied(term.topology_key, state.near)
        return mask

    def _far(self, state: _State) -> Mask:
        size = self._cluster.nodes.size
        mask = np.ones(size, np.bool_)
        for term, tally in zip(state.facts.anti_affinity, state.far, strict=True):
            if tally.total:
                mask &= ~self._occupied(term.topology_key, tally)
        return mask

    def _kept_away(self, state: _State) -> Mask:
        mask = np.ones(self._cluster.nodes.size, np.bool_)
        for held in state.about:
            mask &= ~self._occupied(held.term.topology_key, held.tally)
        return mask

    def _occupied(self, topology_key: str, tally: Tally) -> Mask:
        """The nodes in whose domain one of the counted pods is."""
        key = self._cluster.labels.key(topology_key)
        occupied: Mask = (tally.in_domains(key) > 0)[key.column.data[: self._cluster.nodes.size]]
        return occupied
