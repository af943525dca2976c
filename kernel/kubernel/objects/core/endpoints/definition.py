"""The definition of Endpoints."""

from datetime import datetime

from kubernel.objects.columns import AGE, NAME, NONE
from kubernel.objects.core.endpoints.schema import Endpoints
from kubernel.objects.core.endpoints.strategy import EndpointsStrategy
from kubernel.ports.resource import Column, ResourceDefinition
from kubernel.types.json import Object
from kubernel.types.well_known import ENDPOINTS as RESOURCE

_SHOWN = 3


def _addresses(obj: Object, now: datetime) -> str:
    found: list[str] = []
    for subset in obj.get("subsets") or ():
        addresses = [address.get("ip", "") for address in subset.get("addresses") or ()]
        ports = subset.get("ports") or ()
        found += [f"{ip}:{port.get('port')}" for port in ports for ip in addresses] if ports else addresses
    more = f" + {len(found) - _SHOWN} more..." if len(found) > _SHOWN else ""
    return ",".join(found[:_SHOWN]) + more or NONE


ENDPOINTS = ResourceDefinition(
    RESOURCE,
    "Endpoints",
    Endpoints,
    singular="endpoints",
    short_names=("ep",),
    strategy=EndpointsStrategy(),
    columns=(NAME, Column("Endpoints", "string", _addresses, "ready addresses with their ports"), AGE),
    description="the addresses behind a service",
)
