"""What `kubectl get events` shows, of events in the older and in the newer form."""

from datetime import datetime

from kubernel.objects.columns import UNKNOWN, since
from kubernel.ports.resource import Column
from kubernel.types.json import Object


def _either(event: Object, *fields: str) -> Object:
    for field in fields:
        if event.get(field):
            found: Object = event[field]
            return found
    return {}


def _first_seen(event: Object, now: datetime) -> str:
    return since(event.get("firstTimestamp") or event.get("deprecatedFirstTimestamp") or event.get("eventTime"), now)


def _last_seen(event: Object, now: datetime) -> str:
    series = event.get("series")
    if series:
        return since(series.get("lastObservedTime"), now)
    last = since(event.get("lastTimestamp") or event.get("deprecatedLastTimestamp"), now)
    return last if last != UNKNOWN else _first_seen(event, now)


def _object(event: Object, now: datetime) -> str:
    about = _either(event, "involvedObject", "regarding")
    kind = str(about.get("kind", "")).lower()
    return f"{kind}/{about['name']}" if about.get("name") else kind


def _source(event: Object, now: datetime) -> str:
    source = _either(event, "source", "deprecatedSource")
    component = source.get("component") or event.get("reportingComponent") or event.get("reportingController") or ""
    return ", ".join(part for part in (component, source.get("host")) if part)


def _count(event: Object, now: datetime) -> int:
    if event.get("series"):
        return int(event["series"].get("count", 0))
    return int(event.get("count") or event.get("deprecatedCount") or 1)


def _message(event: Object, now: datetime) -> str:
    return str(event.get("message") or event.get("note") or "").strip()


def _subobject(event: Object, now: datetime) -> str:
    return str(_either(event, "involvedObject", "regarding").get("fieldPath", ""))


COLUMNS = (
    Column("Last Seen", "string", _last_seen, "time since it happened last"),
    Column("Type", "string", lambda obj, now: obj.get("type", ""), "Normal or Warning"),
    Column("Reason", "string", lambda obj, now: obj.get("reason", ""), "what happened, in one word"),
    Column("Object", "string", _object, "to which object"),
    Column("Subobject", "string", _subobject, "to which part of the object", 1),
    Column("Source", "string", _source, "who saw it", 1),
    Column("Message", "string", _message, "what happened, for people"),
    Column("First Seen", "string", _first_seen, "time since it happened first", 1),
    Column("Count", "integer", _count, "how many times it happened", 1),
    Column("Name", "string", lambda obj, now: obj["metadata"]["name"], "name of the event", 1, "name"),
)
