"""Ports of the host can be had once."""

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import Scope
from kubernel_scheduler.host_ports import HostPort
from kubernel_scheduler.node_table import Mask, Rows
from kubernel_scheduler.pod_facts import PodFacts


class NodePorts:
    """`hostPort` of containers."""

    scope: ClassVar[Scope] = Scope.ROW
    wakers: ClassVar[frozenset[str]] = frozenset(("NodeAdded", "PodRemoved"))

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def prepare(self, facts: PodFacts) -> tuple[HostPort, ...] | None:
        return facts.host_ports or None

    def passes(self, state: tuple[HostPort, ...], rows: Rows) -> Mask:
        mask = np.ones(self._cluster.nodes.size, np.bool_)
        mask[list(self._cluster.ports.taken(state))] = False
        return mask[rows]

    def reasons(self, state: tuple[HostPort, ...], row: int) -> Iterable[str]:
        return ("node(s) didn't have free ports for the requested pod ports",)
