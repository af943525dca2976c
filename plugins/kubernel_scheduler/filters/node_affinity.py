"""Pods that name the labels of their node: node selector and required node affinity."""

from collections.abc import Iterable
from typing import ClassVar

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import Scope
from kubernel_scheduler.node_selector import NodeDemand, node_demand
from kubernel_scheduler.node_table import Mask, Rows
from kubernel_scheduler.pod_facts import PodFacts


class NodeAffinity:
    """`spec.nodeSelector` and `requiredDuringSchedulingIgnoredDuringExecution`."""

    scope: ClassVar[Scope] = Scope.NODE
    wakers: ClassVar[frozenset[str]] = frozenset(("NodeAdded", "NodeChanged"))

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def prepare(self, facts: PodFacts) -> NodeDemand | None:
        return node_demand(facts)

    def passes(self, state: NodeDemand, rows: Rows) -> Mask:
        return state.matches(self._cluster, rows)

    def reasons(self, state: NodeDemand, row: int) -> Iterable[str]:
        return ("node(s) didn't match Pod's node affinity/selector",)
