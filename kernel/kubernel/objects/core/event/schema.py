"""Events: what happened to an object, kept for an hour."""

from kubernel.objects import fields as f
from kubernel.objects.core.references import ObjectReference
from kubernel.objects.meta import KindSchema, ObjectMeta

_GROUP = "io.k8s.api.core.v1"


class EventSeries(f.ApiSchema):
    """An event that goes on happening."""

    class Meta:
        definition = f"{_GROUP}.EventSeries"

    count = f.integer("how many times so far")
    lastObservedTime = f.time("when last", micro=True)


class EventSource(f.ApiSchema):
    """Who saw it."""

    class Meta:
        definition = f"{_GROUP}.EventSource"

    component = f.string("which component")
    host = f.string("on which node")


class Event(KindSchema):
    """Something that happened to an object."""

    class Meta:
        definition = f"{_GROUP}.Event"

    metadata = f.obj(ObjectMeta, "the object's standard metadata", required=True)
    action = f.string("what was done")
    count = f.integer("how many times so far")
    eventTime = f.time("when it happened first", micro=True)
    firstTimestamp = f.time("when it was first written")
    involvedObject = f.obj(ObjectReference, "to which object", required=True, allow_empty=True)
    lastTimestamp = f.time("when it was last written")
    message = f.string("what happened, for people")
    reason = f.string("what happened, in one word")
    related = f.obj(ObjectReference, "another object that matters")
    reportingComponent = f.string("which controller reports it", default="")
    reportingInstance = f.string("which instance of the controller", default="")
    series = f.obj(EventSeries, "that it goes on happening")
    source = f.obj(EventSource, "who saw it", default={})
    type = f.string("Normal or Warning")
