"""Follows one resource over HTTP: lists it, watches from there, and never leaves a gap between the two.

A watch that ends is taken up again from the last resource version seen (bookmarks keep that one fresh); when the server no
longer remembers it (410) the resource is listed anew and the informer works out what changed. Broken connections are retried
with a jittered back-off, so that a thousand clients do not come back in the same moment.
"""

import logging
import random
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson
from urllib3.response import BaseHTTPResponse

from kubernel.client.dispatch import Dispatch
from kubernel.client.informer import Change, SharedInformer, metadata_of
from kubernel.client.transport import Transport, pieces
from kubernel.errors import ExpiredError, RequestTimeoutError, ServiceUnavailableError, StatusError, from_status
from kubernel.types.json import Object

_log = logging.getLogger(__name__)

PAGE = 500
FIRST_BACK_OFF, LAST_BACK_OFF = 0.1, 10.0
WATCH_SECONDS = 300
SLACK = 30.0


@dataclass(frozen=True, slots=True)
class Followed:
    """A collection's path and selectors. `metadata_only` asks the server to leave the rest away, and drops it if it does not."""

    path: str
    query: Mapping[str, str]
    metadata_only: bool = False

    def accept(self, suffix: str = "") -> str:
        kind = f"application/json;as=PartialObjectMetadata{suffix};g=meta.k8s.io;v=v1,application/json"
        return kind if self.metadata_only else "application/json"

    def kept(self, obj: Object) -> Object:
        return metadata_of(obj) if self.metadata_only else obj


class Reflector:
    """One daemon thread that keeps an informer's copy up to date until `close`."""

    def __init__(self, transport: Transport, what: Followed, informer: SharedInformer, dispatch: Dispatch) -> None:
        self._transport = transport
        self._what, self._path, self._query = what, what.path, what.query
        self._informer, self._dispatch = informer, dispatch
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._response: BaseHTTPResponse | None = None
        self._back_off = FIRST_BACK_OFF
        self._thread = threading.Thread(target=self._run, name=f"watch {what.path}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the watch and the thread, also while it waits for the server."""
        self._closed.set()
        with self._lock:
            if self._response is not None:
                # A thread that waits in a read is not woken by closing the descriptor, only by shutting the socket down.
                self._response.shutdown()

    def join(self, timeout: float) -> None:
        if self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def _run(self) -> None:
        version = ""
        while not self._closed.is_set():
            try:
                version = version or self._list()
                version = self._watch(version)
            except ExpiredError:
                version = ""
            except StatusError as error:
                self._wait(error)

    def _wait(self, error: StatusError) -> None:
        if self._closed.is_set():
            return
        if self._back_off == FIRST_BACK_OFF:
            _log.info("watch of %s: %s", self._path, error)
        # Jitter spreads clients, it protects nothing.
        self._closed.wait(self._back_off * random.uniform(0.75, 1.25))
        self._back_off = min(self._back_off * 2, LAST_BACK_OFF)

    def _list(self) -> str:
        try:
            objects, version = self._pages()
        except ExpiredError:
            # The list grew old while its pages were read: one whole answer cannot.
            objects, version, _ = self._page({})
        self._dispatch.post(lambda: self._informer.replace(objects))
        self._back_off = FIRST_BACK_OFF
        return version

    def _pages(self) -> tuple[list[Object], str]:
        found: list[Object] = []
        token = ""
        while True:
            query = {"limit": str(PAGE)} if not token else {"limit": str(PAGE), "continue": token}
            objects, version, token = self._page(query)
            found += objects
            if not token:
                return found, version

    def _page(self, query: Mapping[str, str]) -> tuple[list[Object], str, str]:
        answer = self._transport.json("GET", self._path, query={**self._query, **query}, accept=self._what.accept("List"))
        items, version, token = list_items(answer)
        return [self._what.kept(item) for item in items], version, token

    def _watch(self, version: str) -> str:
        """Follow one watch to its end; gives the last version seen."""
        seconds = random.randint(WATCH_SECONDS, WATCH_SECONDS * 2)
        query = {
            **self._query,
            "watch": "1",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(seconds),
        }
        response = self._transport.open("GET", self._path, query=query, read_seconds=seconds + SLACK, accept=self._what.accept())
        with self._lock:
            self._response = response
        try:
            if self._closed.is_set():
                return version
            begun = time.monotonic()
            for events in batches(response):
                version = self._deliver(events, version)
                self._back_off = FIRST_BACK_OFF
            if time.monotonic() - begun < 1.0:
                # A server that ends watches at once (it is going down) is not to be asked in a tight loop.
                self._wait(ServiceUnavailableError("the server ended the watch at once"))
        except StatusError as error:
            if isinstance(error, ExpiredError):
                raise
            # The version may have gone on before the connection broke; what was seen must not be asked for again.
            self._wait(error)
        finally:
            with self._lock:
                self._response = None
            response.close()
        return version

    def _deliver(self, events: list[Object], version: str) -> str:
        changes: list[Change] = []
        failure: StatusError | None = None
        for event in events:
            kind, obj = event["type"], event["object"]
            if kind == "ERROR":
                failure = watch_error(obj)
                break
            version = obj["metadata"]["resourceVersion"]
            if kind == "DELETED":
                changes.append((self._what.kept(obj), None))
            elif kind != "BOOKMARK":
                changes.append((None, self._what.kept(obj)))
        if changes:
            self._dispatch.post(lambda: self._informer.apply(changes))
        if failure is not None:
            raise failure
        return version


def list_items(answer: Object) -> tuple[list[Object], str, str]:
    """The items of a list with their kind and apiVersion (servers leave them out), its version, its continue token."""
    metadata = answer.get("metadata") or {}
    items: list[Object] = answer.get("items") or []
    if items and "kind" not in items[0]:
        kind, api_version = str(answer["kind"]).removesuffix("List"), answer["apiVersion"]
        items = [{"kind": kind, "apiVersion": api_version, **item} for item in items]
    return items, str(metadata.get("resourceVersion", "")), str(metadata.get("continue") or "")


def batches(response: BaseHTTPResponse) -> Iterator[list[Object]]:
    """The events of a watch, as many at a time as have arrived together."""
    rest = b""
    for piece in pieces(response):
        *lines, rest = (rest + piece).split(b"\n")
        events = [orjson.loads(line) for line in lines if line.strip()]
        if events:
            yield events


def watch_error(status: Object) -> StatusError:
    """What an ERROR event means: 410 under any of its reasons (Expired, Gone) asks for a new list."""
    code = int(status.get("code") or 500)
    if code == 410:
        return ExpiredError(str(status.get("message") or "the resource version is too old"))
    error = from_status(status, code)
    return error if error.retriable else RequestTimeoutError(error.message)
