"""The definition of events of the core group."""

from kubernel.objects.core.event.columns import COLUMNS
from kubernel.objects.core.event.schema import Event
from kubernel.objects.core.event.strategy import EventStrategy
from kubernel.ports.resource import ResourceDefinition
from kubernel.types.well_known import EVENTS

EVENT = ResourceDefinition(
    EVENTS,
    "Event",
    Event,
    short_names=("ev",),
    strategy=EventStrategy(),
    columns=COLUMNS,
    description="something that happened to an object",
)
