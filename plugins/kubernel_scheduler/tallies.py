"""How many pods of some sort are on each node, counted as pods come and go and never by looking through them.

Pods of equal namespace, labels and owner form a group. A `Tally` counts the groups that its rule takes; which tallies a group
belongs to is worked out when either is new, so that a pod that comes or goes only adds to numbers. Tallies live as long as an
evaluation holds them.

Anti-affinity looks the other way too: a pod that is there keeps others away. `HeldTerms` counts, for each distinct term, on
which nodes its holders are, so that a new pod asks each distinct term once and not each pod.
"""

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kubernel_scheduler.labels import LabelKey
from kubernel_scheduler.node_table import Column, NodeTable
from kubernel_scheduler.pod_facts import GroupKey, PodFacts
from kubernel_scheduler.terms import AffinityTerm, PodSelector

_Takes: TypeAlias = Callable[[PodFacts], bool]


class Tally:
    """Pods of some sort: per row, and per value of each topology key that somebody asked for."""

    __slots__ = ("__weakref__", "_in_domains", "column", "total")

    def __init__(self, column: Column) -> None:
        self.column = column
        self.total = 0
        self._in_domains: dict[LabelKey, tuple[int, NDArray[np.int64]]] = {}

    def add(self, row: int, count: int) -> None:
        self.column.data[row] += count
        self.total += count
        for key, (version, counts) in self._in_domains.items():
            if version == key.version:
                code = key.column.data[row]
                if code >= 0:
                    counts[code] += count

    def in_domains(self, key: LabelKey) -> NDArray[np.int64]:
        """How many in each domain; the entry after the last is 0 and stands for nodes without the key, whose code is -1."""
        known = self._in_domains.get(key)
        if known is None or known[0] != key.version:
            summed = np.bincount(key.column.data + 1, weights=self.column.data, minlength=key.domains + 1)
            known = self._in_domains[key] = (key.version, np.append(summed[1:], 0).astype(np.int64))
        return known[1]


@dataclass(slots=True)
class _Group:
    """Pods that no rule can tell apart: where they are, and who counts them."""

    facts: PodFacts
    rows: dict[int, int] = field(default_factory=dict)
    tallies: "list[weakref.ref[Tally]]" = field(default_factory=list)


class Tallies:
    """All groups and all tallies."""

    def __init__(self, table: NodeTable) -> None:
        self._table = table
        self._groups: dict[GroupKey, _Group] = {}
        self._tallies: dict[object, tuple[weakref.ref[Tally], _Takes]] = {}

    def matching(self, selectors: tuple[PodSelector, ...]) -> Tally:
        """Counts the pods that all of the selectors match."""
        return self._tally(selectors, lambda facts: all(s.matches(facts.namespace, facts.labels) for s in selectors))

    def spread_with(self, spread_id: str) -> Tally:
        """Counts the pods that are to be spread."""
        return self._tally(spread_id, lambda facts: facts.spread_id == spread_id)

    def add(self, facts: PodFacts, row: int, sign: int) -> None:
        """A pod comes (`sign` 1) or goes (-1)."""
        group = self._groups.get(facts.group)
        if group is None:
            group = self._groups[facts.group] = _Group(facts)
            group.tallies = [reference for reference, takes in self._tallies.values() if takes(facts)]
        count = group.rows.get(row, 0) + sign
        if count:
            group.rows[row] = count
        else:
            del group.rows[row]
            if not group.rows:
                del self._groups[facts.group]
        for reference in group.tallies:
            tally = reference()
            if tally is not None:
                tally.add(row, sign)

    def _tally(self, key: object, takes: _Takes) -> Tally:
        known = self._tallies.get(key)
        tally = known[0]() if known else None
        if tally is not None:
            return tally
        tally = Tally(self._table.column(np.int64))
        reference = weakref.ref(tally)
        self._forget_unused()
        self._tallies[key] = (reference, takes)
        for group in self._groups.values():
            if takes(group.facts):
                group.tallies.append(reference)
                for row, count in group.rows.items():
                    tally.add(row, count)
        return tally

    def _forget_unused(self) -> None:
        self._tallies = {key: known for key, known in self._tallies.items() if known[0]() is not None}
        for group in self._groups.values():
            group.tallies = [reference for reference in group.tallies if reference() is not None]


class HeldTerm:
    """A term and the rows of the pods that bring it."""

    __slots__ = ("_rows", "_table", "_tally", "term")

    def __init__(self, table: NodeTable, term: AffinityTerm) -> None:
        self._table, self.term = table, term
        self._rows: dict[int, int] = {}
        self._tally: Tally | None = None

    def add(self, row: int, sign: int) -> bool:
        """Whether anybody holds the term after this."""
        self._rows[row] = self._rows.get(row, 0) + sign
        if not self._rows[row]:
            del self._rows[row]
        if self._tally is not None:
            self._tally.add(row, sign)
        return bool(self._rows)

    @property
    def tally(self) -> Tally:
        """The holders; its arrays come to be when the term first concerns somebody."""
        if self._tally is None:
            self._tally = Tally(self._table.column(np.int64))
            for row, count in self._rows.items():
                self._tally.add(row, count)
        return self._tally


class HeldTerms:
    """All terms of one sort that pods on nodes bring."""

    def __init__(self, table: NodeTable) -> None:
        self._table = table
        self._held: dict[AffinityTerm, HeldTerm] = {}
        self.version = 0
        """Changes whenever a term becomes held or is held no more."""

    def add(self, terms: tuple[AffinityTerm, ...], row: int, sign: int) -> None:
        for term in terms:
            held = self._held.get(term)
            if held is None:
                held = self._held[term] = HeldTerm(self._table, term)
                self.version += 1
            if not held.add(row, sign):
                del self._held[term]
                self.version += 1

    def about(self, facts: PodFacts) -> list[HeldTerm]:
        """The terms that speak of such a pod."""
        return [h for h in self._held.values() if h.term.pods.matches(facts.namespace, facts.labels)]
