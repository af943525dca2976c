"""Nodes that are cordoned take only pods that tolerate it."""

from collections.abc import Iterable
from typing import ClassVar

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import Scope
from kubernel_scheduler.node_table import Mask, Rows
from kubernel_scheduler.pod_facts import PodFacts
from kubernel_scheduler.taints import UNSCHEDULABLE


class NodeUnschedulable:
    """`spec.unschedulable`."""

    scope: ClassVar[Scope] = Scope.NODE
    wakers: ClassVar[frozenset[str]] = frozenset(("NodeAdded", "NodeChanged"))

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def prepare(self, facts: PodFacts) -> bool | None:
        return None if any(toleration.tolerates(UNSCHEDULABLE) for toleration in facts.tolerations) else True

    def passes(self, state: bool, rows: Rows) -> Mask:
        return ~self._cluster.unschedulable.data[rows]

    def reasons(self, state: bool, row: int) -> Iterable[str]:
        return ("node(s) were unschedulable",)
