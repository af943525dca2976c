"""Whether this node takes a pod that was bound to it: room, ports, labels.

The scheduler has judged already, but it may have been left out (`nodeName` in a manifest) or have judged by old knowledge. A pod
that does not fit fails, and its controller makes another.
"""

import threading
from collections.abc import Callable, Mapping

from kubernel.node.pods.memory import Reason
from kubernel.types.json import Object
from kubernel.types.pods import is_restartable_init
from kubernel.types.quantity import milli, whole
from kubernel.types.selectors import Requirement, Selector, map_selector


class PodAdmission:
    """Counts what the pods of this node were granted. Every method may be called from any thread.

    :param labels: the node's labels as they are now; asked only for pods that care about them.
    """

    def __init__(
        self, node_name: str, allocatable: Callable[[], Mapping[str, str]], labels: Callable[[], Mapping[str, str]]
    ) -> None:
        self._node_name, self._allocatable, self._labels = node_name, allocatable, labels
        self._lock = threading.Lock()
        self._granted: dict[str, tuple[Mapping[str, int], frozenset[tuple[str, str, int]]]] = {}

    def admit(self, pod: Object, *, running: bool) -> Reason | None:
        """Take the pod in, or say why not. One that runs already is taken in whatever there is."""
        uid = pod["metadata"]["uid"]
        wanted, ports = pod_requests(pod["spec"]), host_ports(pod["spec"])
        with self._lock:
            if uid not in self._granted:
                refusal = None if running else self._refusal(pod, wanted, ports)
                if refusal is not None:
                    return refusal
                self._granted[uid] = (wanted, ports)
        return None

    def release(self, uid: str) -> None:
        """The pod is finished or gone."""
        with self._lock:
            self._granted.pop(uid, None)

    def _refusal(self, pod: Object, wanted: Mapping[str, int], ports: frozenset[tuple[str, str, int]]) -> Reason | None:
        if chooses_nodes(pod["spec"]) and not fits_labels(pod["spec"], self._labels(), self._node_name):
            return _refused("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")
        taken = {port for _, others in self._granted.values() for port in others}
        if any(_collides(port, other) for port in ports for other in taken):
            return _refused("NodePorts", "node(s) didn't have free ports for the requested pod ports")
        for resource, quantity in self._allocatable().items():
            capacity = _amount(resource, quantity)
            used = sum(granted.get(resource, 0) for granted, _ in self._granted.values())
            asked = wanted.get(resource, 0)
            if asked and used + asked > capacity:
                numbers = f"requested: {asked}, used: {used}, capacity: {capacity}"
                message = f"Pod was rejected: Node didn't have enough resource: {resource}, {numbers}"
                return Reason(f"OutOf{resource}", message)
        return None


def pod_requests(spec: Object) -> dict[str, int]:
    """What a pod asks for: processors in thousandths, all else in whole units, and itself as one of `pods`."""
    total: dict[str, int] = {}
    sidecars: dict[str, int] = {}
    peak: dict[str, int] = {}
    for container in spec.get("initContainers") or ():
        asked = _requests(container)
        if is_restartable_init(container):
            sidecars = _sum(sidecars, asked)
            peak = _most(peak, sidecars)
        else:
            peak = _most(peak, _sum(sidecars, asked))
    for container in spec["containers"]:
        total = _sum(total, _requests(container))
    total = _most(_sum(total, sidecars), peak)
    for name, quantity in (spec.get("overhead") or {}).items():
        total[name] = total.get(name, 0) + _amount(name, quantity)
    total["pods"] = 1
    return total


def host_ports(spec: Object) -> frozenset[tuple[str, str, int]]:
    """The ports of the host that a pod takes: protocol, address, number."""
    return frozenset(
        (port.get("protocol", "TCP"), port.get("hostIP") or "0.0.0.0", int(port["hostPort"]))
        for container in spec["containers"]
        for port in container.get("ports") or ()
        if port.get("hostPort")
    )


def _refused(predicate: str, why: str) -> Reason:
    return Reason(predicate, f"Pod was rejected: Predicate {predicate} failed: {why}")


def chooses_nodes(spec: Object) -> bool:
    """Whether the pod cares where it is."""
    return bool(spec.get("nodeSelector") or ((spec.get("affinity") or {}).get("nodeAffinity")))


def fits_labels(spec: Object, labels: Mapping[str, str], node_name: str) -> bool:
    """Whether a node of this name, with these labels, is one that the pod may be on."""
    if not map_selector(spec.get("nodeSelector")).matches(labels):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if not required:
        return True
    return any(_term_matches(term, labels, node_name) for term in required.get("nodeSelectorTerms") or ())


def _term_matches(term: Object, labels: Mapping[str, str], node_name: str) -> bool:
    expressions = term.get("matchExpressions") or ()
    fields = term.get("matchFields") or ()
    named = {"metadata.name": node_name}
    if not expressions and not fields:
        return False
    return _selector(expressions).matches(labels) and _selector(fields).matches(named)


def _selector(terms: "list[Object] | tuple[()]") -> Selector:
    return Selector(tuple(Requirement(t["key"], t["operator"], frozenset(t.get("values") or ())) for t in terms))


def _collides(port: tuple[str, str, int], other: tuple[str, str, int]) -> bool:
    same = port[0] == other[0] and port[2] == other[2]
    return same and (port[1] == other[1] or "0.0.0.0" in (port[1], other[1]))


def _requests(container: Object) -> dict[str, int]:
    asked = (container.get("resources") or {}).get("requests") or {}
    return {name: _amount(name, quantity) for name, quantity in asked.items()}


def _amount(resource: str, quantity: str) -> int:
    return milli(quantity) if resource == "cpu" else whole(quantity)


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {*one, *other}}


def _most(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: max(one.get(name, 0), other.get(name, 0)) for name in {*one, *other}}
