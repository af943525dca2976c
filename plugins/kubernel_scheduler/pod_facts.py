"""What the scheduler must know of a pod, compiled once for all pods that are alike.

The pods of a Deployment differ in their names alone; they share one `PodFacts`, found by a digest of the parts that matter.
"""

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import orjson

from kubernel.types.json import JSON, Object
from kubernel.types.references import controller_of
from kubernel_scheduler.host_ports import HostPort, host_ports_of
from kubernel_scheduler.requests import requests_of, scored_requests_of
from kubernel_scheduler.taints import Toleration, read_tolerations
from kubernel_scheduler.terms import AffinityTerm, SpreadConstraint, read_spread, read_terms, read_weighted_terms

GroupKey: TypeAlias = tuple[str, frozenset[tuple[str, str]], str]
"""Namespace, labels, and what the pod is spread with."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class PodFacts:
    """One kind of pod."""

    namespace: str
    labels: Mapping[str, str]
    group: GroupKey
    requests: Mapping[str, int]
    scored: Mapping[str, int]
    host_ports: tuple[HostPort, ...]
    node_name: str
    node_selector: Mapping[str, str]
    node_affinity: Object
    tolerations: tuple[Toleration, ...]
    spread: tuple[SpreadConstraint, ...]
    affinity: tuple[AffinityTerm, ...]
    anti_affinity: tuple[AffinityTerm, ...]
    wishes: tuple[AffinityTerm, ...]

    @property
    def spread_id(self) -> str:
        """Pods of the same one should not end up together."""
        return self.group[2]


class FactsCache:
    """Facts by digest; they go when nobody holds them any more."""

    def __init__(self) -> None:
        self._facts: weakref.WeakValueDictionary[bytes, PodFacts] = weakref.WeakValueDictionary()

    def of(self, pod: Object, *, node_name: str = "") -> PodFacts:
        """The facts of a pod; `node_name` is the node that it asks for by name, which a placed pod does not do."""
        key = _digest(pod, node_name)
        facts = self._facts.get(key)
        if facts is None:
            facts = self._facts[key] = _compile(pod, node_name)
        return facts


def _digest(pod: Object, node_name: str) -> bytes:
    metadata, spec = pod["metadata"], pod["spec"]
    return orjson.dumps(
        (
            node_name,
            metadata.get("namespace"),
            metadata.get("labels"),
            _spread_id(pod),
            [_of_container(container) for container in spec.get("containers") or ()],
            [_of_container(container) for container in spec.get("initContainers") or ()],
            spec.get("resources"),
            spec.get("overhead"),
            spec.get("hostNetwork"),
            spec.get("nodeSelector"),
            spec.get("affinity"),
            spec.get("tolerations"),
            spec.get("topologySpreadConstraints"),
        )
    )


def _of_container(container: Object) -> JSON:
    return container.get("resources"), container.get("ports"), container.get("restartPolicy")


def _spread_id(pod: Object) -> str:
    """Its controller, or, for a pod of nobody, its labels; a pod with neither is spread with nothing."""
    owner = controller_of(pod)
    if owner is not None:
        return str(owner.get("uid") or "")
    labels = pod["metadata"].get("labels")
    if not labels:
        return ""
    return "/".join((pod["metadata"].get("namespace", ""), *(f"{key}={labels[key]}" for key in sorted(labels))))


def _compile(pod: Object, node_name: str) -> PodFacts:
    metadata, spec = pod["metadata"], pod["spec"]
    namespace = metadata.get("namespace") or "default"
    labels = metadata.get("labels") or {}
    affinity = spec.get("affinity") or {}
    near, far = affinity.get("podAffinity") or {}, affinity.get("podAntiAffinity") or {}
    required, preferred = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
    return PodFacts(
        namespace=namespace,
        labels=labels,
        group=(namespace, frozenset(labels.items()), _spread_id(pod)),
        requests=requests_of(spec),
        scored=scored_requests_of(spec),
        host_ports=host_ports_of(spec),
        node_name=node_name,
        node_selector=spec.get("nodeSelector") or {},
        node_affinity=affinity.get("nodeAffinity") or {},
        tolerations=read_tolerations(spec.get("tolerations")),
        spread=read_spread(namespace, labels, spec.get("topologySpreadConstraints")),
        affinity=read_terms(namespace, labels, near.get(required)),
        anti_affinity=read_terms(namespace, labels, far.get(required)),
        wishes=(
            *read_weighted_terms(namespace, labels, near.get(preferred)),
            *read_weighted_terms(namespace, labels, far.get(preferred), sign=-1),
        ),
    )
