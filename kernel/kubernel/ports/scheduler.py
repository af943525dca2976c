"""The scheduler: decides on which node a pod runs. It keeps its own picture of the cluster, told change by change.

The kernel's `scheduling` room follows pods and nodes, queues what waits, binds, and writes events; a scheduler only decides.
All calls come from one thread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from kubernel.types.json import Object


@dataclass(frozen=True, slots=True)
class Placement:
    """The pod goes to this node."""

    node_name: str


@dataclass(frozen=True, slots=True)
class Unschedulable:
    """No node takes the pod: how many nodes refused for each reason, in the words of Kubernetes' events.

    `wakers` names the kinds of change that could help (`NodeAdded`, `NodeChanged`, `PodRemoved`, `PodAdded`,
    `PodChanged`); the pod is tried again only after one of them.
    """

    reasons: Mapping[str, int]
    nodes: int
    wakers: frozenset[str] = field(default_factory=frozenset)

    def message(self) -> str:
        """`0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.`"""
        if not self.nodes:
            return "0/0 nodes are available: no nodes are registered."
        parts = ", ".join(sorted(f"{count} {reason}" for reason, count in self.reasons.items()))
        return f"0/{self.nodes} nodes are available: {parts}."


Decision: TypeAlias = Placement | Unschedulable


class Scheduler(Protocol):
    """See the module."""

    def set_node(self, node: Object) -> None:
        """A node is new or has changed."""

    def remove_node(self, name: str) -> None:
        """A node is gone; unknown names are ignored."""

    def set_pod(self, pod: Object) -> None:
        """A pod is on a node (`spec.nodeName` is set: bound, or assumed after a decision) and not finished."""

    def remove_pod(self, key: str) -> None:
        """A pod has finished, is gone, or an assumption failed; unknown keys are ignored."""

    def schedule(self, pods: Sequence[Object]) -> Sequence[Decision]:
        """One decision per pod, in order. A placement is assumed at once, so that the next pod counts with it.

        A pod that is assumed somewhere already is decided anew.
        """
