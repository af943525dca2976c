"""Pods of one owner should not share a node, nor a zone, where they need not."""

from typing import ClassVar

import numpy as np

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import MAX_SCORE, Scope
from kubernel_scheduler.labels import ABSENT
from kubernel_scheduler.node_table import Rows, Scores
from kubernel_scheduler.pod_facts import PodFacts
from kubernel_scheduler.tallies import Tally

ZONE = "topology.kubernetes.io/zone"
_ZONE_SHARE = 2 / 3


class SelectorSpread:
    """Fewer siblings are better; where nodes have zones, the zone counts twice as much as the node.

    Pods that say themselves how they want to be spread are left to that.
    """

    scope: ClassVar[Scope] = Scope.CLUSTER

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def prepare(self, facts: PodFacts) -> Tally | None:
        return self._cluster.tallies.spread_with(facts.spread_id) if facts.spread_id and not facts.spread else None

    def score(self, state: Tally, rows: Rows) -> Scores | None:
        size = self._cluster.nodes.size
        siblings = state.column.data[:size]
        if not state.total:
            return None
        lost = siblings * (MAX_SCORE / max(int(siblings.max()), 1))
        zone = self._cluster.labels.key(ZONE)
        if zone.codes:
            codes = zone.column.data[:size]
            zoned = state.in_domains(zone)
            lost_in_zone = zoned * (_ZONE_SHARE * MAX_SCORE / max(int(zoned.max()), 1))
            share = np.full(len(zoned), 1 - _ZONE_SHARE)
            share[ABSENT] = 1.0
            lost *= share[codes]
            lost += lost_in_zone[codes]
        score: Scores = MAX_SCORE - lost
        return score[rows]
