"""A scheduler that deals pods out to the nodes in turn, as long as a node takes more pods."""

from collections.abc import Sequence

from kubernel.ports.scheduler import Decision, Placement, Unschedulable
from kubernel.types.json import Object
from kubernel.types.references import key_of

WAKERS = frozenset(("NodeAdded", "NodeChanged", "PodRemoved"))


class RoundRobin:
    """Knows nothing of a node but how many pods it takes."""

    def __init__(self) -> None:
        self._rooms: dict[str, int] = {}
        self._pods: dict[str, str] = {}
        self._last = ""

    def set_node(self, node: Object) -> None:
        allocatable = (node.get("status") or {}).get("allocatable") or {}
        taken_out = bool((node.get("spec") or {}).get("unschedulable"))
        self._rooms[node["metadata"]["name"]] = 0 if taken_out else int(allocatable.get("pods", 0))

    def remove_node(self, name: str) -> None:
        self._rooms.pop(name, None)

    def set_pod(self, pod: Object) -> None:
        self._pods[key_of(pod)] = pod["spec"]["nodeName"]

    def remove_pod(self, key: str) -> None:
        self._pods.pop(key, None)

    def schedule(self, pods: Sequence[Object]) -> Sequence[Decision]:
        return [self._next(key_of(pod)) for pod in pods]

    def _next(self, key: str) -> Decision:
        self._pods.pop(key, None)
        on_nodes = list(self._pods.values())
        names = sorted(self._rooms)
        for name in [name for name in names if name > self._last] + [name for name in names if name <= self._last]:
            if on_nodes.count(name) < self._rooms[name]:
                self._last = self._pods[key] = name
                return Placement(name)
        return Unschedulable({"Too many pods": len(names)} if names else {}, len(names), WAKERS)
