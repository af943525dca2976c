"""The definition of endpoint slices."""

from collections.abc import Sequence
from datetime import datetime

from kubernel.objects.columns import AGE, NAME
from kubernel.objects.discovery.schema import EndpointSlice
from kubernel.objects.discovery.strategy import EndpointSliceStrategy
from kubernel.ports.resource import Column, ResourceDefinition
from kubernel.types.json import Object
from kubernel.types.well_known import ENDPOINT_SLICES

_SHOWN = 3


def _some(values: Sequence[str]) -> str:
    more = f" + {len(values) - _SHOWN} more..." if len(values) > _SHOWN else ""
    return ",".join(values[:_SHOWN]) + more or "<unset>"


def _ports(obj: Object, now: datetime) -> str:
    return _some([str(port.get("port") or port.get("name") or "*") for port in obj.get("ports") or ()])


def _addresses(obj: Object, now: datetime) -> str:
    return _some([address for endpoint in obj.get("endpoints") or () for address in endpoint.get("addresses") or ()])


ENDPOINT_SLICE = ResourceDefinition(
    ENDPOINT_SLICES,
    "EndpointSlice",
    EndpointSlice,
    strategy=EndpointSliceStrategy(),
    columns=(
        NAME,
        Column("AddressType", "string", lambda obj, now: obj.get("addressType", ""), "kind of its addresses"),
        Column("Ports", "string", _ports, "their ports"),
        Column("Endpoints", "string", _addresses, "the addresses"),
        AGE,
    ),
    description="some of the addresses behind a service",
)
