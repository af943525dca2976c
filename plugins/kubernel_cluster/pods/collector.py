"""Removes pods that nobody else will: those of nodes that are gone, those deleted before they had a node, and the oldest finished
ones when there are too many."""

from collections.abc import Iterable, Sequence

from kubernel.errors import NotFoundError
from kubernel.ports.client import Preconditions
from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.conditions import with_condition
from kubernel.types.json import Object
from kubernel.types.pods import is_finished, is_terminating
from kubernel.types.well_known import NODES, PODS
from kubernel_cluster.nodes.on_node import index_by_node

SWEEP = "sweep"
SWEEP_SECONDS = 20.0
QUARANTINE_SECONDS = 40.0
THRESHOLD = 12_500


class PodCollector:
    """A `kubernel.ports.controller.Controller` with one key: it looks at all pods from time to time.

    The option `terminated_pod_threshold` is how many finished pods there may be (0: any number).
    """

    name = "pod-garbage-collector"

    def __init__(self, context: ControllerContext) -> None:
        self._client, self._clock = context.client, context.clock
        threshold = context.options.get("terminated_pod_threshold")
        self._threshold = THRESHOLD if threshold is None else int(threshold)
        self._pods = context.client.informer(PODS)
        self._nodes = context.client.informer(NODES)
        index_by_node(self._pods)
        # Since when a node that pods name is missing: it may be that it is only just being registered again.
        self._missing: dict[str, float] = {}
        context.enqueue(SWEEP, 0)

    def watches(self) -> Sequence[Watch]:
        return (Watch(NODES, _node_gone), Watch(PODS, lambda old, new: ()))

    def sync(self, key: str) -> float | None:
        pods = self._pods.list()
        for pod in self._orphaned(pods):
            self._remove(self._failed(pod))
        for pod in pods:
            if is_terminating(pod) and not pod["spec"].get("nodeName"):
                self._remove(pod)
        if self._threshold:
            self._thin_out([pod for pod in pods if is_finished(pod) and not is_terminating(pod)])
        return SWEEP_SECONDS

    def _orphaned(self, pods: Sequence[Object]) -> list[Object]:
        """Pods whose node has been missing for the whole quarantine, and of which the server knows nothing either."""
        now = self._clock.monotonic()
        named = {pod["spec"]["nodeName"] for pod in pods if pod["spec"].get("nodeName")}
        missing = {name for name in named if self._nodes.get(name) is None}
        self._missing = {name: self._missing.get(name, now) for name in missing}
        gone = {name for name, since in self._missing.items() if now - since >= QUARANTINE_SECONDS and self._is_gone(name)}
        return [pod for pod in pods if pod["spec"].get("nodeName") in gone]

    def _is_gone(self, node: str) -> bool:
        try:
            self._client.get(NODES, node)
        except NotFoundError:
            return True
        return False

    def _failed(self, pod: Object) -> Object:
        """Its end is written down before it goes, for those who count failures."""
        if is_finished(pod):
            return pod
        status = pod.get("status") or {}
        new = {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "DeletionByPodGC",
            "message": "PodGC: node no longer exists",
        }
        conditions = with_condition(status.get("conditions") or (), new, self._clock.now())
        try:
            changed = {**pod, "status": {**status, "phase": "Failed", "conditions": conditions}}
            return self._client.update(PODS, changed, subresource="status")
        except NotFoundError:
            # Gone already: the removal finds out once more.
            return pod

    def _thin_out(self, finished: list[Object]) -> None:
        surplus = len(finished) - self._threshold
        if surplus > 0:
            oldest = sorted(finished, key=lambda pod: (pod["metadata"]["creationTimestamp"], pod["metadata"]["name"]))
            for pod in oldest[:surplus]:
                self._remove(pod)

    def _remove(self, pod: Object) -> None:
        metadata = pod["metadata"]
        try:
            self._client.delete(
                PODS,
                metadata["name"],
                metadata["namespace"],
                grace_seconds=0,
                preconditions=Preconditions(uid=metadata["uid"]),
            )
        except NotFoundError:
            # It went by itself.
            return


def _node_gone(old: Object | None, new: Object | None) -> Iterable[str]:
    return (SWEEP,) if new is None else ()
