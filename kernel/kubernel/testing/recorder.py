"""An event recorder that remembers instead of writing."""

import threading
from dataclasses import dataclass

from kubernel.types.json import Object
from kubernel.types.references import key_of


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """What was reported; `key` is that of the object which it is about."""

    key: str
    type: str
    reason: str
    message: str


class MemoryRecorder:
    """A `kubernel.ports.controller.EventRecorder`."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._events: list[RecordedEvent] = []

    def event(self, regarding: Object, type: str, reason: str, message: str, *, action: str = "") -> None:
        with self._changed:
            self._events.append(RecordedEvent(key_of(regarding), type, reason, message))
            self._changed.notify_all()

    @property
    def events(self) -> list[RecordedEvent]:
        with self._changed:
            return list(self._events)

    def wait_for(self, reason: str, key: str = "", timeout: float = 60.0) -> RecordedEvent:
        """The first event with this reason (about this object, where given), waited for.

        :raises TimeoutError: it did not come within `timeout` real seconds.
        """

        def found() -> RecordedEvent | None:
            return next((e for e in self._events if e.reason == reason and key in ("", e.key)), None)

        with self._changed:
            event = self._changed.wait_for(found, timeout)
            if event is None:
                raise TimeoutError(f"no event {reason} about {key or 'anything'}; there are {self._events}")
            return event
