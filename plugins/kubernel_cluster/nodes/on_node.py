"""Pods by the node that they are on."""

from collections.abc import Sequence

from kubernel.ports.client import Informer
from kubernel.types.json import Object

BY_NODE = "node"


def index_by_node(pods: Informer) -> None:
    """Let `pods_on` find pods without a scan."""
    pods.add_index(BY_NODE, _node_keys)


def _node_keys(pod: Object) -> Sequence[str]:
    node = pod["spec"].get("nodeName")
    return (node,) if node else ()


def pods_on(pods: Informer, node: str) -> Sequence[Object]:
    """The pods that are bound to a node."""
    return pods.by_index(BY_NODE, node)
