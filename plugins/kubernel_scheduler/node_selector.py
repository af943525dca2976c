"""A pod's demands on a node's labels and name, as masks: `nodeSelector`, node affinity, and the terms of both."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kubernel.types.json import Object
from kubernel.types.selectors import Requirement, map_selector
from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.node_table import Mask, Rows
from kubernel_scheduler.pod_facts import PodFacts


@dataclass(frozen=True, slots=True)
class NodeTerm:
    """One `nodeSelectorTerm`: all of its expressions and fields must hold; an empty one matches no node."""

    expressions: tuple[Requirement, ...]
    fields: tuple[Requirement, ...]

    @classmethod
    def read(cls, term: Object) -> "NodeTerm":
        return cls(_requirements(term.get("matchExpressions")), _requirements(term.get("matchFields")))

    def matches(self, cluster: Cluster, rows: Rows) -> Mask:
        mask = np.full(_length(cluster, rows), bool(self.expressions or self.fields), np.bool_)
        for requirement in self.expressions:
            mask &= cluster.labels.holds(requirement, rows)
        for requirement in self.fields:
            mask &= _name_holds(cluster, requirement, rows)
        return mask


@dataclass(frozen=True, slots=True)
class NodeDemand:
    """All that must hold: the node selector, and one of the required terms (None: no terms were given)."""

    selector: tuple[Requirement, ...]
    terms: tuple[NodeTerm, ...] | None

    def matches(self, cluster: Cluster, rows: Rows) -> Mask:
        mask = np.ones(_length(cluster, rows), np.bool_)
        for requirement in self.selector:
            mask &= cluster.labels.holds(requirement, rows)
        if self.terms is not None:
            any_term = np.zeros(len(mask), np.bool_)
            for term in self.terms:
                any_term |= term.matches(cluster, rows)
            mask &= any_term
        return mask


def node_demand(facts: PodFacts) -> NodeDemand | None:
    """What the pod demands of a node's labels and name; None when nothing."""
    required = facts.node_affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    terms = None if required is None else tuple(NodeTerm.read(t) for t in required.get("nodeSelectorTerms") or ())
    if terms is None and not facts.node_selector:
        return None
    return NodeDemand(map_selector(facts.node_selector).requirements, terms)


def preferred_terms(facts: PodFacts) -> Sequence[tuple[float, NodeTerm]]:
    """Weighted terms; one without conditions prefers nothing."""
    entries = facts.node_affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    terms = [(float(entry.get("weight") or 0), NodeTerm.read(entry.get("preference") or {})) for entry in entries]
    return [(weight, term) for weight, term in terms if weight and (term.expressions or term.fields)]


def _requirements(entries: Sequence[Object] | None) -> tuple[Requirement, ...]:
    return tuple(Requirement(e["key"], e["operator"], frozenset(e.get("values") or ())) for e in entries or ())


def _name_holds(cluster: Cluster, requirement: Requirement, rows: Rows) -> Mask:
    """`matchFields` knows one field, the node's name, with In and NotIn."""
    everything = np.zeros(cluster.nodes.size, np.bool_)
    if requirement.key == "metadata.name":
        named = [cluster.nodes.row_of[name] for name in requirement.values if name in cluster.nodes.row_of]
        everything[named] = True
        if requirement.operator == "NotIn":
            everything = ~everything
    return everything[rows]


def _length(cluster: Cluster, rows: Rows) -> int:
    return len(cluster.nodes.live.data[rows])
