"""Which events are worth writing: repeats are counted, floods of similar ones are folded, and chatterboxes are held back.

The three rules are those of Kubernetes' clients, so that an event list reads alike: the same event again raises the count of
the first one; more than ten events within ten minutes that differ only by their message become one, "(combined from similar
events)"; one component may write 25 events about one object at once and then one every five minutes.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from kubernel.types.json import Object

Value = TypeVar("Value")

REMEMBERED = 4096
SIMILAR, SIMILAR_WITHIN = 10, 600.0
BURST, REFILL_SECONDS = 25.0, 300.0


class Recent(Generic[Value]):
    """The last `REMEMBERED` entries used."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: Hashable, value: Value) -> None:
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > REMEMBERED:
            self._entries.popitem(last=False)

    def drop(self, key: Hashable) -> None:
        self._entries.pop(key, None)


@dataclass(slots=True)
class _Messages:
    since: float
    seen: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(slots=True)
class Series:
    """An event that was written: its name, and how often it happened."""

    name: str
    count: int


class EventSeries:
    """Decides for one event after the other; used by one thread."""

    def __init__(self) -> None:
        self._written: Recent[Series] = Recent()
        self._similar: Recent[_Messages] = Recent()
        self._buckets: Recent[_Bucket] = Recent()

    def fold(self, event: Object, now: float) -> tuple[Object, Hashable]:
        """The event to write, perhaps with its message folded into that of its like, and the key of its series."""
        involved = event["involvedObject"]
        source = event["source"]
        about = tuple(involved.get(name) for name in ("kind", "namespace", "name", "uid", "fieldPath", "apiVersion"))
        alike = (source["component"], source.get("host"), about, event["type"], event["reason"], event.get("action"))
        messages = self._similar.get(alike)
        if messages is None or now - messages.since > SIMILAR_WITHIN:
            messages = _Messages(now)
            self._similar.put(alike, messages)
        if len(messages.seen) <= SIMILAR:
            messages.seen.add(event["message"])
        if len(messages.seen) <= SIMILAR:
            return event, (alike, event["message"])
        return {**event, "message": f"(combined from similar events): {event['message']}"}, (alike, None)

    def allows(self, event: Object, now: float) -> bool:
        """Whether the component may write about the object now; takes one token of its bucket."""
        involved = event["involvedObject"]
        key = (event["source"]["component"], involved.get("kind"), involved.get("namespace"), involved.get("name"))
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = _Bucket(BURST, now)
            self._buckets.put(key, bucket)
        bucket.tokens = min(BURST, bucket.tokens + (now - bucket.at) / REFILL_SECONDS)
        bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def written(self, key: Hashable) -> Series | None:
        """The event of this series that was written before, if it is remembered."""
        return self._written.get(key)

    def remember(self, key: Hashable, name: str, count: int) -> None:
        self._written.put(key, Series(name, count))

    def lost(self, key: Hashable) -> None:
        """The event of this series is gone from the server."""
        self._written.drop(key)
