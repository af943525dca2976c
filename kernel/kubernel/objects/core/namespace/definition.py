"""The definition of namespaces."""

from kubernel.objects.columns import AGE, NAME
from kubernel.objects.core.namespace.schema import Namespace
from kubernel.objects.core.namespace.strategy import NamespaceStrategy
from kubernel.ports.resource import Column, ResourceDefinition
from kubernel.types.well_known import NAMESPACES

NAMESPACE = ResourceDefinition(
    NAMESPACES,
    "Namespace",
    Namespace,
    namespaced=False,
    short_names=("ns",),
    strategy=NamespaceStrategy(),
    columns=(
        NAME,
        Column("Status", "string", lambda obj, now: (obj.get("status") or {}).get("phase", ""), "Active or Terminating"),
        AGE,
    ),
    status=True,
    subresources=("finalize",),
    verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
    description="a room that names are unique in",
)
