"""Events as events.k8s.io writes them: the same objects as core events under newer names."""

from kubernel.objects import fields as f
from kubernel.objects.core.event.schema import EventSource
from kubernel.objects.core.references import ObjectReference
from kubernel.objects.meta import KindSchema

_GROUP = "io.k8s.api.events.v1"


class EventSeries(f.ApiSchema):
    """An event that goes on happening."""

    class Meta:
        definition = f"{_GROUP}.EventSeries"

    count = f.integer("how many times so far", required=True, allow_empty=True)
    lastObservedTime = f.time("when last", required=True, allow_empty=True, micro=True)


class Event(KindSchema):
    """Something that happened to an object."""

    class Meta:
        definition = f"{_GROUP}.Event"

    action = f.string("what was done")
    deprecatedCount = f.integer("how many times so far, of an older writer")
    deprecatedFirstTimestamp = f.time("when it was first written, of an older writer")
    deprecatedLastTimestamp = f.time("when it was last written, of an older writer")
    deprecatedSource = f.obj(EventSource, "who saw it, of an older writer")
    eventTime = f.time("when it happened first", required=True, allow_empty=True, micro=True)
    note = f.string("what happened, for people")
    reason = f.string("what happened, in one word")
    regarding = f.obj(ObjectReference, "to which object")
    related = f.obj(ObjectReference, "another object that matters")
    reportingController = f.string("which controller reports it")
    reportingInstance = f.string("which instance of the controller")
    series = f.obj(EventSeries, "that it goes on happening")
    type = f.string("Normal or Warning")
