"""Terms by which pods speak of other pods: affinity, anti-affinity, topology spread; compiled to hashable values.

A term names pods by namespace and labels, and a topology key whose values divide the nodes into domains.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kubernel.types.json import Object
from kubernel.types.selectors import EVERYTHING, Requirement, Selector, label_selector

NAMESPACE_LABEL = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True)
class PodSelector:
    """Which pods: `namespaces` None is all of them, `selector` None is no pod."""

    namespaces: frozenset[str] | None
    selector: Selector | None

    def matches(self, namespace: str, labels: Mapping[str, str]) -> bool:
        if self.selector is None or (self.namespaces is not None and namespace not in self.namespaces):
            return False
        return self.selector.matches(labels)


@dataclass(frozen=True, slots=True)
class AffinityTerm:
    """Nearness to (or distance from) pods; `weight` 0 is a demand, anything else a wish."""

    topology_key: str
    pods: PodSelector
    weight: int = 0


@dataclass(frozen=True, slots=True)
class SpreadConstraint:
    """One entry of `topologySpreadConstraints`."""

    topology_key: str
    pods: PodSelector
    max_skew: int
    min_domains: int
    required: bool
    honor_affinity: bool
    honor_taints: bool


def read_terms(namespace: str, labels: Mapping[str, str], terms: Iterable[Object] | None) -> tuple[AffinityTerm, ...]:
    """Required terms."""
    return tuple(_term(namespace, labels, term) for term in terms or ())


def read_weighted_terms(
    namespace: str, labels: Mapping[str, str], terms: Iterable[Object] | None, sign: int = 1
) -> tuple[AffinityTerm, ...]:
    """Preferred terms; `sign` -1 for those of anti-affinity."""
    return tuple(
        _term(namespace, labels, entry.get("podAffinityTerm") or {}, sign * int(entry.get("weight") or 0))
        for entry in terms or ()
    )


def read_spread(namespace: str, labels: Mapping[str, str], entries: Iterable[Object] | None) -> tuple[SpreadConstraint, ...]:
    return tuple(
        SpreadConstraint(
            topology_key=entry["topologyKey"],
            pods=PodSelector(frozenset((namespace,)), _selector(entry, labels)),
            max_skew=int(entry.get("maxSkew") or 1),
            min_domains=int(entry.get("minDomains") or 1),
            required=entry.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule",
            honor_affinity=entry.get("nodeAffinityPolicy", "Honor") == "Honor",
            honor_taints=entry.get("nodeTaintsPolicy", "Ignore") == "Honor",
        )
        for entry in entries or ()
    )


def _term(namespace: str, labels: Mapping[str, str], term: Object, weight: int = 0) -> AffinityTerm:
    pods = PodSelector(_namespaces(namespace, term), _selector(term, labels))
    return AffinityTerm(term.get("topologyKey") or "", pods, weight)


def _selector(holder: Object, labels: Mapping[str, str]) -> Selector | None:
    """The term's selector, with the values that the pod itself has for `matchLabelKeys`."""
    if holder.get("labelSelector") is None:
        return None
    found = label_selector(holder["labelSelector"]) or EVERYTHING
    extra = [Requirement(k, "In", frozenset((labels[k],))) for k in holder.get("matchLabelKeys") or () if k in labels]
    extra += [Requirement(k, "NotIn", frozenset((labels[k],))) for k in holder.get("mismatchLabelKeys") or () if k in labels]
    return Selector((*found.requirements, *extra))


def _namespaces(namespace: str, term: Object) -> frozenset[str] | None:
    """The namespaces of a term. The scheduler is not told namespaces' labels: of a `namespaceSelector` it knows the empty one,
    which is all namespaces, and demands on the label that every namespace has, its name."""
    named = frozenset(term.get("namespaces") or ())
    selector = term.get("namespaceSelector")
    if selector is None:
        return named or frozenset((namespace,))
    requirements = label_selector(selector).requirements
    if not requirements:
        return None
    for requirement in requirements:
        if requirement.key == NAMESPACE_LABEL and requirement.operator == "In":
            named |= requirement.values
    return named
