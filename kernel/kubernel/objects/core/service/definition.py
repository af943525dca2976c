"""The definition of services."""

from kubernel.objects.core.service.columns import COLUMNS
from kubernel.objects.core.service.schema import Service
from kubernel.objects.core.service.strategy import ServiceStrategy
from kubernel.ports.resource import ResourceDefinition
from kubernel.types.well_known import SERVICES

SERVICE = ResourceDefinition(
    SERVICES,
    "Service",
    Service,
    short_names=("svc",),
    categories=("all",),
    strategy=ServiceStrategy(),
    columns=COLUMNS,
    status=True,
    description="one address for many pods",
)
