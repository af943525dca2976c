"""A node must have free what a pod asks for, and room for one more pod."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import Scope
from kubernel_scheduler.node_table import Mask, Rows
from kubernel_scheduler.pod_facts import PodFacts
from kubernel_scheduler.resources import PODS


class NodeResources:
    """Requests against what is allocatable and not asked for yet; a resource that the pod does not ask for may be overdrawn."""

    scope: ClassVar[Scope] = Scope.ROW
    wakers: ClassVar[frozenset[str]] = frozenset(("NodeAdded", "NodeChanged", "PodRemoved", "PodChanged"))

    def __init__(self, cluster: Cluster) -> None:
        self._resources = cluster.resources

    def prepare(self, facts: PodFacts) -> Mapping[str, int] | None:
        return {name: amount for name, amount in facts.requests.items() if amount > 0 and name != PODS}

    def passes(self, state: Mapping[str, int], rows: Rows) -> Mask:
        mask: Mask = self._resources.of(PODS).free.data[rows] >= 1
        for name, amount in state.items():
            mask &= self._resources.of(name).free.data[rows] >= amount
        return mask

    def reasons(self, state: Mapping[str, int], row: int) -> Iterable[str]:
        if self._resources.of(PODS).free.data[row] < 1:
            yield "Too many pods"
        for name, amount in state.items():
            if self._resources.of(name).free.data[row] < amount:
                yield f"Insufficient {name}"
