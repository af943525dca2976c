"""The definition of pods."""

from kubernel.objects.core.pod.columns import COLUMNS
from kubernel.objects.core.pod.schema import Pod
from kubernel.objects.core.pod.strategy import PodStrategy
from kubernel.ports.resource import ResourceDefinition
from kubernel.types.well_known import PODS

POD = ResourceDefinition(
    PODS,
    "Pod",
    Pod,
    short_names=("po",),
    categories=("all",),
    strategy=PodStrategy(),
    columns=COLUMNS,
    status=True,
    subresources=("binding", "log"),
    description="containers that live and die together on one node",
)
