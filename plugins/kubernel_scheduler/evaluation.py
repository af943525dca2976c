"""What every node is worth to one kind of pod, kept up to date: only rows that changed since the last look are asked again.

Two layers are kept. The first follows from the nodes' own objects, the second adds what runs on each node. Filters and scores
that depend on pods elsewhere are asked for each decision and added on top.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from kubernel.ports.scheduler import Unschedulable
from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.framework import Filter, Scope, Score, State
from kubernel_scheduler.node_table import Rows, Scores
from kubernel_scheduler.pod_facts import PodFacts

_REFUSED = -np.inf
_FEW = 4
"""Up to so many rows are asked one by one, as slices, which is faster than gathering them."""


class Evaluation:
    """One kind of pod against all nodes."""

    def __init__(
        self, cluster: Cluster, facts: PodFacts, filters: Sequence[Filter], scores: Sequence[tuple[Score, float]]
    ) -> None:
        self._cluster, self._facts = cluster, facts
        table = cluster.nodes
        self._allowed = table.column(np.bool_, False)
        self._node_score = table.column(np.float64, 0.0)
        self._worth = table.column(np.float64, _REFUSED)
        self._node_position = self._row_position = -1
        self._filters: list[tuple[Filter, State]] = []
        for asked in filters:
            state = asked.prepare(facts)
            if state is not None:
                self._filters.append((asked, state))
        self._scores: list[tuple[Score, State, float]] = []
        for score, weight in scores:
            state = score.prepare(facts) if weight else None
            if state is not None:
                self._scores.append((score, state, weight))
        self._filters_of = {scope: [(f, s) for f, s in self._filters if f.scope is scope] for scope in Scope}
        self._scores_of = {scope: [(f, s, w) for f, s, w in self._scores if f.scope is scope] for scope in Scope}
        self._refusal: tuple[int, Unschedulable] | None = None

    def worth(self) -> Scores:
        """For each row how good it is, minus infinity where the pod cannot go. Read-only, and good until the next change."""
        self._refresh()
        table = self._cluster.nodes
        rows = table.everything
        worth: Scores = self._worth.data[rows]
        filters, scores = self._filters_of[Scope.CLUSTER], self._scores_of[Scope.CLUSTER]
        for asked, state in filters:
            passing = asked.passes(state, rows)
            if passing is not None:
                worth = np.where(passing, worth, _REFUSED)
        for score, state, weight in scores:
            points = score.score(state, rows)
            if points is not None:
                worth = worth + points * weight
        return worth

    def refusal(self) -> Unschedulable:
        """Why no node takes the pod; to be asked when that is so."""
        position = self._cluster.nodes.row_changes.position
        if self._refusal is None or self._refusal[0] != position:
            self._refusal = (position, self._explain())
        return self._refusal[1]

    def _explain(self) -> Unschedulable:
        table = self._cluster.nodes
        reasons: Counter[str] = Counter()
        wakers = {"NodeAdded"}
        remaining = table.live.data[table.everything].copy()
        for asked, state in self._filters:
            passing = asked.passes(state, table.everything)
            if passing is None:
                continue
            refused = remaining & ~passing
            if refused.any():
                wakers |= asked.wakers
                for row in np.flatnonzero(refused):
                    reasons.update(asked.reasons(state, int(row)))
                remaining &= ~refused
        return Unschedulable(dict(reasons), len(table), frozenset(wakers))

    def _refresh(self) -> None:
        table = self._cluster.nodes
        limit = max(table.size // 4, _FEW)
        if self._node_position != table.node_changes.position:
            self._each(table.node_changes.since(self._node_position, limit), self._ask_nodes)
            self._node_position = table.node_changes.position
        if self._row_position != table.row_changes.position:
            self._each(table.row_changes.since(self._row_position, limit), self._ask_rows)
            self._row_position = table.row_changes.position

    def _each(self, changed: list[int] | None, ask: Callable[[Rows], None]) -> None:
        if changed is None:
            ask(self._cluster.nodes.everything)
        elif len(changed) <= _FEW:
            for row in changed:
                ask(slice(row, row + 1))
        else:
            ask(np.array(changed, np.intp))

    def _ask_nodes(self, rows: Rows) -> None:
        allowed = self._cluster.nodes.live.data[rows].copy()
        for asked, state in self._filters_of[Scope.NODE]:
            passing = asked.passes(state, rows)
            if passing is not None:
                allowed &= passing
        self._allowed.data[rows] = allowed
        total = np.zeros(len(allowed))
        for score, state, weight in self._scores_of[Scope.NODE]:
            points = score.score(state, rows)
            if points is not None:
                total += points * weight
        self._node_score.data[rows] = total

    def _ask_rows(self, rows: Rows) -> None:
        allowed = self._allowed.data[rows]
        for asked, state in self._filters_of[Scope.ROW]:
            passing = asked.passes(state, rows)
            if passing is not None:
                allowed = allowed & passing
        total = self._node_score.data[rows]
        for score, state, weight in self._scores_of[Scope.ROW]:
            points = score.score(state, rows)
            if points is not None:
                total = total + points * weight
        self._worth.data[rows] = np.where(allowed, total, _REFUSED)
