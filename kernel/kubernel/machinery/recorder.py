"""Writes Events: whoever reports something hands it over and goes on, one thread does the writing.

The queue is bounded; what does not fit is dropped, since an event is a courtesy to people and must never hold up or break what
it tells of. A server that is away is tried again a few times.
"""

import itertools
import logging
import threading
from collections import deque
from dataclasses import dataclass

from kubernel.errors import NotFoundError, StatusError
from kubernel.machinery.event_series import EventSeries
from kubernel.ports.client import Client
from kubernel.ports.clock import Clock
from kubernel.types.json import Object
from kubernel.types.references import reference_to
from kubernel.types.times import format_time
from kubernel.types.well_known import EVENTS

_log = logging.getLogger(__name__)

QUEUE_LENGTH = 2000
TRIES = 6


@dataclass(slots=True)
class _Waiting:
    event: Object
    tries: int = 0


class _Sink:
    """The queue and the thread behind all recorders of a process."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self._series = EventSeries()
        self._changed = threading.Condition()
        self._queue: deque[_Waiting] = deque()
        self._busy = False
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._order = itertools.count()

    def unique(self) -> str:
        """A suffix that no other event of this process has, and hardly one of another process."""
        return f"{int(self._clock.now().timestamp() * 1e6) * 1000 + next(self._order) % 1000:x}"

    def put(self, waiting: _Waiting) -> None:
        with self._changed:
            if self._stopped:
                return
            if len(self._queue) >= QUEUE_LENGTH:
                _log.debug("event dropped, the queue is full: %s", waiting.event.get("message"))
                return
            self._queue.append(waiting)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="events", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._busy, timeout)

    def stop(self, timeout: float) -> None:
        self.flush(timeout)
        with self._changed:
            self._stopped = True
            self._queue.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        while (waiting := self._next()) is not None:
            try:
                self._write(waiting.event)
            except StatusError as error:
                self._failed(waiting, error)
            except Exception:  # noqa: BLE001 - the worker loop of events: a broken one must not end all later ones
                _log.exception("event could not be written: %s", waiting.event.get("message"))

    def _next(self) -> _Waiting | None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._queue or self._stopped)
            if self._stopped:
                return None
            self._busy = True
            return self._queue.popleft()

    def _failed(self, waiting: _Waiting, error: StatusError) -> None:
        waiting.tries += 1
        if error.retriable and waiting.tries < TRIES:
            self._clock.call_later(2.0**waiting.tries, lambda: self.put(waiting))
            return
        # A namespace on its way out refuses new events; that and the like is not worth a warning.
        _log.debug("event not written: %s: %s", waiting.event.get("message"), error)

    def _write(self, event: Object) -> None:
        now = self._clock.monotonic()
        event, key = self._series.fold(event, now)
        if not self._series.allows(event, now):
            return
        namespace = event["metadata"]["namespace"]
        before = self._series.written(key)
        if before is not None:
            change = {"count": before.count + 1, "lastTimestamp": event["lastTimestamp"], "message": event["message"]}
            try:
                self._client.patch(EVENTS, before.name, change, namespace)
            except NotFoundError:
                self._series.lost(key)
            else:
                self._series.remember(key, before.name, before.count + 1)
                return
        self._client.create(EVENTS, event, namespace)
        self._series.remember(key, event["metadata"]["name"], 1)


class Recorder:
    """A `kubernel.ports.controller.EventRecorder` that writes core/v1 events.

    :param component: who reports, as in `source.component`; `host` is the node that it runs on, for node agents.
    """

    def __init__(self, client: Client, clock: Clock, component: str, host: str = "", *, sink: _Sink | None = None) -> None:
        self._clock = clock
        self._component, self._host = component, host
        self._client = client
        self._sink = sink or _Sink(client, clock)

    def named(self, component: str, host: str = "") -> "Recorder":
        """A recorder for another component that shares this one's queue and thread."""
        return Recorder(self._client, self._clock, component, host, sink=self._sink)

    def event(self, regarding: Object, type: str, reason: str, message: str, *, action: str = "") -> None:
        metadata = regarding["metadata"]
        moment = format_time(self._clock.now())
        source = {"component": self._component}
        if self._host:
            source["host"] = self._host
        namespace = metadata.get("namespace") or "default"
        event: Object = {
            "kind": "Event",
            "apiVersion": "v1",
            "metadata": {"name": f"{metadata['name']}.{self._sink.unique()}", "namespace": namespace},
            "involvedObject": reference_to(regarding),
            "reason": reason,
            "message": message[:1024],
            "source": source,
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
            "type": type,
            "reportingComponent": self._component,
            "reportingInstance": self._host,
        }
        if action:
            event["action"] = action
        self._sink.put(_Waiting(event))

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait (in real seconds) until everything handed over so far was tried once."""
        return self._sink.flush(timeout)

    def stop(self, timeout: float = 2.0) -> None:
        """Write what waits, for at most `timeout` seconds, and end the thread; for all that share it."""
        self._sink.stop(timeout)
