"""Watches the heartbeat of nodes: one that stops renewing its Lease becomes Unknown, is tainted, and its pods are not ready.

What counts is how long, by this controller's own clock, nothing was heard of a node: clocks of nodes are not compared.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from kubernel.errors import NotFoundError
from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.conditions import condition_status, find_condition, with_condition
from kubernel.types.json import Object
from kubernel.types.pods import is_ready
from kubernel.types.times import format_time
from kubernel.types.well_known import LEASES, NODES, PODS
from kubernel_cluster.nodes.on_node import index_by_node, pods_on
from kubernel_cluster.nodes.taints import wanted_taints

LEASE_NAMESPACE = "kube-node-lease"
GRACE_SECONDS = 40.0
TOLD_BY_NODES = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")

Beat: TypeAlias = tuple[object, object, object]


@dataclass(slots=True)
class _Heard:
    beat: Beat
    at: float


class NodeLifecycle:
    """A `kubernel.ports.controller.Controller`, by nodes.

    The option `node_monitor_grace_period` gives the seconds after which a silent node is Unknown.
    """

    name = "node-lifecycle"

    def __init__(self, context: ControllerContext) -> None:
        self._client, self._recorder, self._clock = context.client, context.recorder, context.clock
        self._grace = float(context.options.get("node_monitor_grace_period") or GRACE_SECONDS)
        self._nodes = context.client.informer(NODES)
        self._leases = context.client.informer(LEASES)
        self._pods = context.client.informer(PODS)
        index_by_node(self._pods)
        self._lock = threading.Lock()
        self._heard: dict[str, _Heard] = {}

    def watches(self) -> Sequence[Watch]:
        return (Watch(NODES), Watch(LEASES, _node_of_lease), Watch(PODS, lambda old, new: ()))

    def sync(self, key: str) -> float | None:
        node = self._nodes.get(key)
        if node is None:
            with self._lock:
                self._heard.pop(key, None)
            return None
        silent = self._silence(key, node)
        if silent > self._grace:
            node = self._lost(node)
        node = self._write_taints(node)
        if condition_status(node, "Ready") == "Unknown":
            for pod in pods_on(self._pods, key):
                self._not_ready(pod)
        # A little past the grace period, so that the look finds it over.
        return max(self._grace - silent, 0.0) + 0.5 if silent <= self._grace else None

    def _silence(self, key: str, node: Object) -> float:
        """For how many seconds nothing was heard of a node."""
        lease = self._leases.get(f"{LEASE_NAMESPACE}/{key}")
        renewed = ((lease or {}).get("spec") or {}).get("renewTime")
        ready = find_condition(node, "Ready") or {}
        # What this controller wrote itself is no sign of life.
        told = None if ready.get("reason") in ("NodeStatusUnknown", "NodeStatusNeverUpdated") else ready.get("lastHeartbeatTime")
        beat = (node["metadata"]["uid"], renewed, told)
        now = self._clock.monotonic()
        with self._lock:
            heard = self._heard.get(key)
            is_new = heard is None or heard.beat[0] != beat[0]
            if heard is None or (heard.beat != beat and self._is_news(heard.beat, beat)):
                heard = self._heard[key] = _Heard(beat, now)
        if is_new:
            self._recorder.event(node, "Normal", "RegisteredNode", f"Node {key} event: Registered Node {key} in Controller")
        return now - heard.at

    @staticmethod
    def _is_news(old: Beat, new: Beat) -> bool:
        """Whether something came in, and not merely went away."""
        return any(after is not None and after != before for before, after in zip(old, new, strict=True))

    def _lost(self, node: Object) -> Object:
        status = node.get("status") or {}
        conditions: list[Object] = list(status.get("conditions") or ())
        was_ready = condition_status(node, "Ready") == "True"
        now = self._clock.now()
        for kind in TOLD_BY_NODES:
            before = find_condition(node, kind)
            if before is not None and before["status"] == "Unknown":
                continue
            new: Object = {"type": kind, "status": "Unknown"}
            if before is None:
                new.update(reason="NodeStatusNeverUpdated", message="Kubelet never posted node status.")
                new["lastHeartbeatTime"] = node["metadata"].get("creationTimestamp") or format_time(now)
            else:
                new.update(reason="NodeStatusUnknown", message="Kubelet stopped posting node status.")
            conditions = with_condition(conditions, new, now)
        if conditions == (status.get("conditions") or []):
            return node
        written = self._client.update(NODES, {**node, "status": {**status, "conditions": conditions}}, subresource="status")
        if was_ready:
            name = node["metadata"]["name"]
            self._recorder.event(node, "Normal", "NodeNotReady", f"Node {name} status is now: NodeNotReady")
        return written

    def _write_taints(self, node: Object) -> Object:
        taints = wanted_taints(node, self._clock.now())
        present = node["spec"].get("taints") or []
        if _keys(taints) == _keys(present):
            return node
        metadata = node["metadata"]
        patch = {"metadata": {"resourceVersion": metadata["resourceVersion"]}, "spec": {"taints": taints or None}}
        return self._client.patch(NODES, metadata["name"], patch)

    def _not_ready(self, pod: Object) -> None:
        """Nobody knows how the pods of a lost node are: they are taken out of services until it is back."""
        if not is_ready(pod):
            return
        status = pod.get("status") or {}
        new = {"type": "Ready", "status": "False", "reason": "NodeNotReady"}
        conditions = with_condition(status.get("conditions") or (), new, self._clock.now())
        try:
            self._client.update(PODS, {**pod, "status": {**status, "conditions": conditions}}, subresource="status")
        except NotFoundError:
            # It went meanwhile.
            return
        self._recorder.event(pod, "Warning", "NodeNotReady", "Node is not ready")


def _keys(taints: Iterable[Object]) -> set[tuple[str, str, str]]:
    return {(taint["key"], taint.get("value") or "", taint["effect"]) for taint in taints}


def _node_of_lease(old: Object | None, new: Object | None) -> Iterable[str]:
    lease = new or old
    if lease is None or lease["metadata"].get("namespace") != LEASE_NAMESPACE:
        return ()
    return (lease["metadata"]["name"],)
