"""Counting by domain: the values of a topology key divide the nodes, and pods are counted for each value."""

import numpy as np
from numpy.typing import NDArray

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.labels import LabelKey
from kubernel_scheduler.node_selector import NodeDemand
from kubernel_scheduler.node_table import Mask
from kubernel_scheduler.taints import Toleration, untolerated
from kubernel_scheduler.terms import SpreadConstraint


def per_domain(key: LabelKey, codes: NDArray[np.int32], counts: NDArray[np.int64], mask: Mask) -> NDArray[np.int64]:
    """How many pods each domain holds on the nodes of the mask; the entry after the last is for nodes without the key.

    `codes` are the key's column; -1 finds the last entry.
    """
    chosen = codes[mask]
    summed = np.bincount(chosen + 1, weights=counts[mask], minlength=key.domains + 1)
    return np.append(summed[1:], 0).astype(np.int64)


def counted_nodes(
    cluster: Cluster, constraint: SpreadConstraint, demand: NodeDemand | None, tolerations: tuple[Toleration, ...]
) -> Mask:
    """The nodes whose pods a spread constraint counts, its topology key left aside: by its policies, those that the pod could
    have chosen."""
    rows = cluster.nodes.everything
    mask: Mask = cluster.nodes.live.data[rows].copy()
    if constraint.honor_affinity and demand is not None:
        mask &= demand.matches(cluster, rows)
    if constraint.honor_taints:
        effects = ("NoSchedule", "NoExecute")
        mask &= cluster.taints.per_row(rows, np.bool_, lambda taints: not untolerated(taints, tolerations, effects))
    return mask


class CountedNodes:
    """The nodes that each constraint of a pod counts, kept until a node changes."""

    def __init__(self, cluster: Cluster, constraints: tuple[SpreadConstraint, ...]) -> None:
        self._cluster, self._constraints = cluster, constraints
        self._position = -1
        self._masks: list[Mask] = []
        self._keyed: Mask = np.zeros(0, np.bool_)

    def get(self, demand: NodeDemand | None, tolerations: tuple[Toleration, ...]) -> tuple[list[Mask], Mask]:
        """A mask for each constraint, and the nodes that have every topology key: others count for none."""
        position = self._cluster.nodes.node_changes.position
        if position != self._position:
            rows = self._cluster.nodes.everything
            keyed: Mask = self._cluster.nodes.live.data[rows].copy()
            for constraint in self._constraints:
                keyed &= self._cluster.labels.key(constraint.topology_key).column.data[rows] >= 0
            self._keyed = keyed
            self._masks = [counted_nodes(self._cluster, c, demand, tolerations) & keyed for c in self._constraints]
            self._position = position
        return self._masks, self._keyed
