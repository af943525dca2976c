"""The scheduler's picture of the cluster: which nodes there are, what is on them, and every table that follows from it.

Told change by change. A pod may be known before its node, and stay known when its node is gone for a while.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from kubernel.types.json import Object
from kubernel.types.references import key_of
from kubernel_scheduler.host_ports import PortTable
from kubernel_scheduler.labels import LabelIndex
from kubernel_scheduler.node_table import NodeTable
from kubernel_scheduler.pod_facts import FactsCache, PodFacts
from kubernel_scheduler.resources import ResourceTable
from kubernel_scheduler.taints import TaintTable, read_taints
from kubernel_scheduler.tallies import HeldTerms, Tallies


@dataclass(frozen=True, slots=True)
class _Resident:
    """A pod on a node."""

    facts: PodFacts
    node_name: str
    uid: str


class Cluster:
    """See the module."""

    def __init__(self) -> None:
        self.nodes = NodeTable()
        self.labels = LabelIndex(self.nodes)
        self.taints = TaintTable(self.nodes)
        self.unschedulable = self.nodes.column(np.bool_, False)
        self.resources = ResourceTable(self.nodes)
        self.ports = PortTable()
        self.tallies = Tallies(self.nodes)
        self.distances = HeldTerms(self.nodes)
        """Required anti-affinity of the pods that are there."""
        self.demands = HeldTerms(self.nodes)
        """Their required affinity, which scores count as a wish to have company."""
        self.wishes = HeldTerms(self.nodes)
        """Their preferred affinity and anti-affinity."""
        self.facts = FactsCache()
        self._residents: dict[str, _Resident] = {}
        self._on_node: dict[str, set[str]] = {}
        self._known: dict[str, Any] = {}

    def set_node(self, node: Object) -> None:
        """A node is new or has changed; a change that does not matter here (a heartbeat) is none."""
        name = str(node["metadata"]["name"])
        spec, status = node.get("spec") or {}, node.get("status") or {}
        labels = dict(node["metadata"].get("labels") or {})
        allocatable = status.get("allocatable") or status.get("capacity") or {}
        facts = (labels, read_taints(spec.get("taints")), bool(spec.get("unschedulable")), dict(allocatable))
        before = self._known.get(name)
        if before == facts:
            return
        row = self.nodes.add(name)
        self._known[name] = facts
        self.labels.set(row, before[0] if before else {}, labels)
        self.taints.set(row, facts[1])
        self.unschedulable.data[row] = facts[2]
        self.resources.set(row, facts[3])
        if before is None:
            for key in self._on_node.get(name, ()):
                self._count(row, self._residents[key].facts, 1)
        self.nodes.node_changed(row)

    def remove_node(self, name: str) -> None:
        """A node is gone. Its pods stay known: they may be gone soon, or the node back."""
        known = self._known.pop(name, None)
        if known is None:
            return
        row = self.nodes.row_of[name]
        for key in self._on_node.get(name, ()):
            self._count(row, self._residents[key].facts, -1)
        self.labels.set(row, known[0], {})
        self.taints.set(row, ())
        self.unschedulable.data[row] = False
        self.resources.set(row, {})
        self.nodes.remove(name)
        self.nodes.node_changed(row)

    def set_pod(self, pod: Object) -> None:
        """A pod is on a node."""
        self.place(key_of(pod), pod["metadata"].get("uid") or "", self.facts.of(pod), pod["spec"]["nodeName"])

    def place(self, key: str, uid: str, facts: PodFacts, node_name: str) -> None:
        """The same with what is known already; the same again is a no-op."""
        present = self._residents.get(key)
        if present is not None:
            if present.facts is facts and present.node_name == node_name and present.uid == uid:
                return
            self.remove_pod(key)
        self._residents[key] = _Resident(facts, node_name, uid)
        self._on_node.setdefault(node_name, set()).add(key)
        row = self.nodes.row_of.get(node_name)
        if row is not None:
            self._count(row, facts, 1)
            self.nodes.row_changes.add(row)

    def remove_pod(self, key: str) -> None:
        """A pod is on its node no more."""
        resident = self._residents.pop(key, None)
        if resident is None:
            return
        keys = self._on_node[resident.node_name]
        keys.discard(key)
        if not keys:
            del self._on_node[resident.node_name]
        row = self.nodes.row_of.get(resident.node_name)
        if row is not None:
            self._count(row, resident.facts, -1)
            self.nodes.row_changes.add(row)

    def _count(self, row: int, facts: PodFacts, sign: int) -> None:
        self.resources.take(row, facts.requests, facts.scored, sign)
        self.tallies.add(facts, row, sign)
        if facts.host_ports:
            self.ports.take(row, facts.host_ports, sign)
        if facts.anti_affinity:
            self.distances.add(facts.anti_affinity, row, sign)
        if facts.affinity:
            self.demands.add(facts.affinity, row, sign)
        if facts.wishes:
            self.wishes.add(facts.wishes, row, sign)
