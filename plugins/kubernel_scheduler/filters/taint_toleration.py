"""Tainted nodes take only pods that tolerate every taint that forbids scheduling."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import Scope
from kubernel_scheduler.node_table import Mask, Rows
from kubernel_scheduler.pod_facts import PodFacts
from kubernel_scheduler.taints import Toleration, untolerated

_FORBIDDING = ("NoSchedule", "NoExecute")


class TaintToleration:
    """Taints with the effects NoSchedule and NoExecute."""

    scope: ClassVar[Scope] = Scope.NODE
    wakers: ClassVar[frozenset[str]] = frozenset(("NodeAdded", "NodeChanged"))

    def __init__(self, cluster: Cluster) -> None:
        self._taints = cluster.taints

    def prepare(self, facts: PodFacts) -> Sequence[Toleration] | None:
        return facts.tolerations

    def passes(self, state: Sequence[Toleration], rows: Rows) -> Mask:
        return self._taints.per_row(rows, np.bool_, lambda taints: not untolerated(taints, state, _FORBIDDING))

    def reasons(self, state: Sequence[Toleration], row: int) -> Iterable[str]:
        taint = untolerated(self._taints.at(row), state, _FORBIDDING)[0]
        return (f"node(s) had untolerated taint {{{taint.key}: {taint.value}}}",)
