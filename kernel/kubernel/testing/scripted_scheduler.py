"""A scheduler for tests of what drives one: nodes take pods by number alone, and the test may decide otherwise."""

from collections.abc import Callable, Sequence

from kubernel.ports.scheduler import Decision, Placement, Unschedulable
from kubernel.types.json import Object
from kubernel.types.references import key_of

DEFAULT_ROOM = 110


class ScriptedScheduler:
    """Fills the emptiest node. `decide`, where it is set, is asked first; None from it means the usual way."""

    def __init__(self) -> None:
        self.decide: Callable[[Object], Decision | None] = lambda pod: None
        self.nodes: dict[str, int] = {}
        self.pods: dict[str, str] = {}
        self.batches: list[list[str]] = []
        """The keys of the pods that were asked about together."""

    def set_node(self, node: Object) -> None:
        allocatable = (node.get("status") or {}).get("allocatable") or {}
        self.nodes[node["metadata"]["name"]] = int(allocatable.get("pods", DEFAULT_ROOM))

    def remove_node(self, name: str) -> None:
        self.nodes.pop(name, None)

    def set_pod(self, pod: Object) -> None:
        self.pods[key_of(pod)] = pod["spec"]["nodeName"]

    def remove_pod(self, key: str) -> None:
        self.pods.pop(key, None)

    def schedule(self, pods: Sequence[Object]) -> Sequence[Decision]:
        self.batches.append([key_of(pod) for pod in pods])
        return [self._decide(pod) for pod in pods]

    def _decide(self, pod: Object) -> Decision:
        self.pods.pop(key_of(pod), None)
        decision = self.decide(pod) or self._emptiest()
        if isinstance(decision, Placement):
            self.pods[key_of(pod)] = decision.node_name
        return decision

    def _emptiest(self) -> Decision:
        used = {name: sum(node == name for node in self.pods.values()) for name in self.nodes}
        room = [name for name in sorted(self.nodes) if used[name] < self.nodes[name]]
        if room:
            return Placement(min(room, key=lambda name: used[name]))
        wakers = frozenset(("NodeAdded", "NodeChanged", "PodRemoved"))
        return Unschedulable({"Too many pods": len(self.nodes)} if self.nodes else {}, len(self.nodes), wakers)
