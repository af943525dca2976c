"""The definition of events of events.k8s.io, which are kept as core events, and the translation between the two."""

from collections.abc import Mapping

from kubernel.objects.core.event.columns import COLUMNS
from kubernel.objects.core.event.strategy import EventStrategy
from kubernel.objects.events.schema import Event
from kubernel.ports.resource import ResourceDefinition
from kubernel.types.json import Object
from kubernel.types.references import ResourceType
from kubernel.types.well_known import EVENTS

RESOURCE = ResourceType("events.k8s.io", "v1", "events")
_TO_STORED: Mapping[str, str] = {
    "regarding": "involvedObject",
    "note": "message",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
_FROM_STORED: Mapping[str, str] = {stored: seen for seen, stored in _TO_STORED.items()}


def to_stored(event: Object) -> Object:
    """The core event that an event of events.k8s.io is kept as."""
    renamed = {_TO_STORED.get(field, field): value for field, value in event.items()}
    return {**renamed, "kind": "Event", "apiVersion": "v1"}


def from_stored(event: Object) -> Object:
    """A core event as events.k8s.io shows it; one of the older form has no `eventTime`, which is then null."""
    renamed = {_FROM_STORED.get(field, field): value for field, value in event.items()}
    return {"eventTime": None, **renamed, "kind": "Event", "apiVersion": RESOURCE.api_version}


EVENTS_EVENT = ResourceDefinition(
    RESOURCE,
    "Event",
    Event,
    short_names=("ev",),
    strategy=EventStrategy(),
    columns=COLUMNS,
    stored_as=EVENTS,
    to_stored=to_stored,
    from_stored=from_stored,
    description="something that happened to an object",
)
