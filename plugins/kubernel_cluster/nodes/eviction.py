"""Lets pods leave nodes with NoExecute taints: at once, or when the time is up for which they tolerate them."""

from collections.abc import Iterable, Sequence

from kubernel.errors import NotFoundError
from kubernel.ports.client import Preconditions
from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.conditions import with_condition
from kubernel.types.json import Object
from kubernel.types.pods import is_terminating
from kubernel.types.references import key_of
from kubernel.types.well_known import NODES, PODS
from kubernel_cluster.nodes.on_node import index_by_node, pods_on
from kubernel_cluster.nodes.taints import leaves_in, no_execute


class TaintEviction:
    """A `kubernel.ports.controller.Controller`, by pods."""

    name = "taint-eviction"

    def __init__(self, context: ControllerContext) -> None:
        self._client, self._recorder, self._clock = context.client, context.recorder, context.clock
        self._nodes = context.client.informer(NODES)
        self._pods = context.client.informer(PODS)
        index_by_node(self._pods)

    def watches(self) -> Sequence[Watch]:
        return (Watch(NODES, self._node_changed), Watch(PODS, _bound_or_tolerating))

    def sync(self, key: str) -> float | None:
        pod = self._pods.get(key)
        node = self._nodes.get(pod["spec"]["nodeName"]) if pod and pod["spec"].get("nodeName") else None
        if pod is None or node is None or is_terminating(pod):
            return None
        taints = no_execute(node)
        left = leaves_in(pod, taints, self._clock.now()) if taints else None
        if left is None or left > 0:
            return left
        self._evict(pod)
        return None

    def _evict(self, pod: Object) -> None:
        metadata = pod["metadata"]
        message = f"Marking for deletion Pod {key_of(pod)}"
        self._recorder.event(pod, "Normal", "TaintManagerEviction", message)
        status = pod.get("status") or {}
        new = {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "DeletionByTaintManager",
            "message": "Taint manager: deleting due to NoExecute taint",
        }
        conditions = with_condition(status.get("conditions") or (), new, self._clock.now())
        try:
            self._client.update(PODS, {**pod, "status": {**status, "conditions": conditions}}, subresource="status")
            meant = Preconditions(uid=metadata["uid"])
            self._client.delete(PODS, metadata["name"], metadata["namespace"], preconditions=meant)
        except NotFoundError:
            # It left by itself.
            return

    def _node_changed(self, old: Object | None, new: Object | None) -> Iterable[str]:
        if new is None or (old is not None and no_execute(old) == no_execute(new)):
            return ()
        if old is None and not no_execute(new):
            return ()
        return [key_of(pod) for pod in pods_on(self._pods, new["metadata"]["name"])]


def _bound_or_tolerating(old: Object | None, new: Object | None) -> Iterable[str]:
    """A pod that came to a node, or whose tolerations changed."""
    if new is None or not new["spec"].get("nodeName"):
        return ()
    same = old is not None and old["spec"].get("nodeName") and old["spec"].get("tolerations") == new["spec"].get("tolerations")
    return () if same else (key_of(new),)
