"""The definition of nodes."""

from kubernel.objects.core.node.columns import COLUMNS
from kubernel.objects.core.node.schema import Node
from kubernel.objects.core.node.strategy import NodeStrategy
from kubernel.ports.resource import ResourceDefinition
from kubernel.types.well_known import NODES

NODE = ResourceDefinition(
    NODES,
    "Node",
    Node,
    namespaced=False,
    short_names=("no",),
    strategy=NodeStrategy(),
    columns=COLUMNS,
    status=True,
    description="a place that pods run on",
)
