"""Gives each node a range of pod addresses of its own, out of the cluster's."""

import ipaddress
import threading
from collections.abc import Sequence

from kubernel.errors import ConfigurationError
from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.json import Object
from kubernel.types.well_known import NODES

NODE_MASK = 24


class NodeRanges:
    """A `kubernel.ports.controller.Controller`, by nodes.

    The option `pod_cidr` is the cluster's range (without it nothing is given out), `node_cidr_mask_size` the size of a node's.
    """

    name = "node-ipam"

    def __init__(self, context: ControllerContext) -> None:
        self._client, self._recorder = context.client, context.recorder
        self._ranges = _split(context.options.get("pod_cidr"), int(context.options.get("node_cidr_mask_size") or NODE_MASK))
        self._nodes = context.client.informer(NODES)
        self._lock = threading.Lock()
        # Given out by this controller, but perhaps not in its copy yet.
        self._given: dict[str, str] = {}

    def watches(self) -> Sequence[Watch]:
        return (Watch(NODES),) if self._ranges else ()

    def sync(self, key: str) -> float | None:
        node = self._nodes.get(key)
        if node is None or node["spec"].get("podCIDR"):
            with self._lock:
                self._given.pop(key, None)
            return None
        chosen = self._choose(key)
        if chosen is None:
            self._recorder.event(node, "Normal", "CIDRNotAvailable", f"Node {key} status is now: CIDRNotAvailable")
            return 60.0
        version = node["metadata"]["resourceVersion"]
        patch: Object = {"metadata": {"resourceVersion": version}, "spec": {"podCIDR": chosen, "podCIDRs": [chosen]}}
        self._client.patch(NODES, key, patch)
        return None

    def _choose(self, key: str) -> str | None:
        with self._lock:
            if key in self._given:
                return self._given[key]
            used = {str(node["spec"].get("podCIDR") or "") for node in self._nodes.list()} | set(self._given.values())
            chosen = next((found for found in self._ranges if found not in used), None)
            if chosen is not None:
                self._given[key] = chosen
            return chosen


def _split(cluster: object, mask: int) -> Sequence[str]:
    """The ranges to give out.

    :raises ConfigurationError: the cluster's range is none, or smaller than a node's.
    """
    if not cluster:
        return ()
    try:
        network = ipaddress.ip_network(str(cluster))
        return [str(found) for found in network.subnets(new_prefix=mask)]
    except ValueError as error:
        raise ConfigurationError(f"pod_cidr {cluster!r} cannot be split into ranges of /{mask} for nodes: {error}") from error
