"""The hub: every watch of every client, written straight to the connections, without a thread or a task for any of them.

A watch begins with what the cache gives as of one revision and goes on with what its resource's channel delivers after that one.
A client that does not take what is written has a bounded buffer; beyond it the watch ends with 410 and the client lists again.
"""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from kubernel.api.answers import Stream, status_body
from kubernel.api.channel import Channel, Group, Selection, frame
from kubernel.api.exchange import Exchange
from kubernel.api.handover import Mailbox
from kubernel.api.representation import Renderer
from kubernel.errors import ExpiredError, ServiceUnavailableError, StatusError
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.registry import Registry
from kubernel.registry.requests import CacheEvent
from kubernel.registry.subscription import Subscription
from kubernel.types.references import ResourceType

INITIAL_END = {"k8s.io/initial-events-end": "true"}
_PIECE = 64 * 1024
_LOOKED_AT = 256
_PIECES_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """What a watch asks for. `after` None begins with the present objects (or, without `initial`, with nothing);
    `initial_end` marks their end."""

    definition: ResourceDefinition
    selection: Selection
    after: int | None = None
    bookmarks: bool = False
    initial: bool = True
    initial_end: bool = False
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class HubOptions:
    """Seconds and bytes."""

    buffer_bytes: int = 16 * 1024 * 1024
    bookmark_seconds: float = 60.0
    shortest_seconds: float = 1800.0


class _Nobody:
    """A subscriber that only wants the beginning."""

    def events(self, events: Sequence[CacheEvent], revision: int) -> None:
        """The channel tells what follows."""

    def failed(self, error: Exception) -> None:
        """The channel tells that too."""


class Watcher:
    """One client's watch."""

    def __init__(self, hub: "Hub", channel: Channel, request: WatchRequest, renderer: Renderer) -> None:
        self.since = 0
        self._hub, self._channel, self._request, self._renderer = hub, channel, request, renderer
        self._exchange: Exchange
        self._group: Group
        self._feed: Iterator[bytes] | None = None
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._over = False

    def begin(self, subscription: Subscription, exchange: Exchange) -> None:
        """The head of the answer is written: join the channel, feed what the subscription began with first."""
        self.since = subscription.revision
        self._group = self._channel.join(self._request.selection, self._renderer, self)
        self._feed = self._pieces(subscription)
        self._exchange = exchange
        exchange.on_close, exchange.on_drain = self._leave, self._pump
        hub = self._hub
        hub.started(self)
        seconds = self._request.timeout
        if seconds is None:
            seconds = hub.options.shortest_seconds * (1 + random.random())
        self._timer = hub.loop.call_later(seconds, self.finish)
        self._pump()

    def _pieces(self, subscription: Subscription) -> Iterator[bytes]:
        """The beginning, in pieces; an empty piece now and then, while nothing is selected, lets others have their turn."""
        piece: list[bytes] = []
        size = 0
        for count, data in enumerate(self._beginning(subscription), 1):
            if data:
                piece.append(data)
                size += len(data)
            if size > _PIECE or count % _LOOKED_AT == 0:
                yield b"".join(piece)
                piece, size = [], 0
        if self._request.initial_end:
            piece.append(frame("BOOKMARK", self._renderer.bookmark(subscription.revision, dict(INITIAL_END))))
        yield b"".join(piece)

    def _beginning(self, subscription: Subscription) -> Iterator[bytes]:
        for cached in subscription.initial if self._request.initial else ():
            selected = self._group.selects(cached)
            yield frame("ADDED", self._renderer.event_object(cached)) if selected else b""
        yield from self._group.frames(subscription.backlog)

    def _pump(self) -> None:
        """Write the beginning as the client takes it; what happens meanwhile waits behind it."""
        turns = 0
        while self._feed is not None and not self._exchange.paused and not self._over:
            if turns == _PIECES_AT_ONCE:
                self._hub.loop.call_soon(self._pump)
                return
            turns += 1
            piece = next(self._feed, None)
            if piece is None:
                self._feed = None
                waiting, self._waiting = b"".join(self._waiting), []
                self._exchange.write(waiting)
            elif piece:
                self._exchange.write(piece)

    # --- what the channel calls

    def live(self, frames: bytes) -> None:
        """Pass on what happened."""
        if self._feed is not None:
            self._waiting.append(frames)
            self._waiting_bytes += len(frames)
            if self._waiting_bytes > self._hub.options.buffer_bytes:
                self._fall_behind()
        elif self._exchange.paused and self._exchange.buffered + len(frames) > self._hub.options.buffer_bytes:
            self._fall_behind()
        else:
            self._exchange.write(frames)

    def bookmark(self, revision: int) -> None:
        """Tell the client how far it is, if it wants to know and has taken the beginning."""
        if self._request.bookmarks and self._feed is None and not self._exchange.paused and revision > self.since:
            self._exchange.write(frame("BOOKMARK", self._renderer.bookmark(revision)))

    def failed(self, error: Exception) -> None:
        """The channel has lost the thread, or the server stops."""
        self._hub.stopped(self)
        if isinstance(error, StatusError) and error.code == 503:
            self.finish()
            return
        self._leave()
        self._exchange.end(error_frame(ExpiredError("too old resource version: the history of the store was lost")))

    # --- ends

    def finish(self) -> None:
        """The watch's time is up: a last bookmark, and a proper end."""
        if self._over:
            return
        complete = self._feed is None and not self._exchange.paused
        revision = self._channel.position() if self._request.bookmarks and complete else 0
        self._leave()
        last = frame("BOOKMARK", self._renderer.bookmark(revision)) if revision else b""
        self._exchange.end(last)

    def _fall_behind(self) -> None:
        self._leave()
        self._exchange.end_slow(error_frame(ExpiredError("too old resource version: the client does not keep up")))

    def _leave(self) -> None:
        if self._over:
            return
        self._over = True
        self._feed, self._waiting = None, []
        if self._timer is not None:
            self._timer.cancel()
        self._channel.leave(self._group, self)
        self._hub.stopped(self)


class Hub:
    """See the module. Used on the loop's thread."""

    def __init__(
        self,
        registry: Registry,
        loop: asyncio.AbstractEventLoop,
        mailbox: Mailbox,
        now: Callable[[], datetime],
        options: HubOptions,
    ) -> None:
        self.loop, self.options = loop, options
        self._registry, self._mailbox, self._now = registry, mailbox, now
        self._channels: dict[ResourceType, Channel] = {}
        self._watchers: dict[Watcher, None] = {}
        self._past_events = 0
        self._closed = False
        self._bookmark_timer: asyncio.TimerHandle | None = None

    @property
    def watcher_count(self) -> int:
        return len(self._watchers)

    @property
    def delivered(self) -> int:
        """Events written to watchers since the start."""
        return self._past_events + sum(channel.delivered for channel in self._channels.values())

    def watch(self, request: WatchRequest) -> Stream:
        """The answer to a watch.

        :raises StatusError: it cannot begin. One whose revision is too old begins and is told so by an ERROR event.
        """
        if self._closed:
            # A client whose watch was just ended comes back on the same connection, which would hold up the server's end.
            raise ServiceUnavailableError("the server is shutting down", retry_after=1)
        channel = self._channel(request.definition)
        renderer = Renderer(request.definition, request.selection.form, self._now)
        watcher = Watcher(self, channel, request, renderer)
        content_type = request.selection.form.representation.content_type
        try:
            subscription = self._registry.subscribe(request.definition, request.after, _Nobody())
        except ExpiredError as error:
            last = error_frame(error)
            return Stream(lambda exchange: exchange.end(last), content_type)
        subscription.close()
        # Nothing comes between this and the beginning of the stream: both happen in one turn of the loop.
        return Stream(lambda exchange: watcher.begin(subscription, exchange), content_type)

    def _channel(self, definition: ResourceDefinition) -> Channel:
        channel = self._channels.get(definition.resource)
        if channel is None or channel.broken:
            if channel is not None:
                self._past_events += channel.delivered
            channel = Channel(definition, self._mailbox.put)
            subscription = self._registry.subscribe(definition, None, channel)
            channel.subscription = subscription
            channel.start_at(subscription.revision)
            subscription.initial = ()  # what there was then is of no interest to a channel
            self._channels[definition.resource] = channel
        return channel

    def _bookmarks(self) -> None:
        self._bookmark_timer = None
        for channel in self._channels.values():
            channel.bookmarks()
        if self._watchers:
            self._bookmark_timer = self.loop.call_later(self.options.bookmark_seconds, self._bookmarks)

    def started(self, watcher: Watcher) -> None:
        """A watch has begun."""
        self._watchers[watcher] = None
        if self._bookmark_timer is None:
            self._bookmark_timer = self.loop.call_later(self.options.bookmark_seconds, self._bookmarks)

    def stopped(self, watcher: Watcher) -> None:
        """A watch is over."""
        self._watchers.pop(watcher, None)

    def close(self) -> None:
        """End every watch properly, and begin no more."""
        self._closed = True
        for watcher in list(self._watchers):
            watcher.finish()
        for channel in self._channels.values():
            channel.close()
        self._channels.clear()
        if self._bookmark_timer is not None:
            self._bookmark_timer.cancel()


def error_frame(error: StatusError) -> bytes:
    """The event by which a watch ends early."""
    return frame("ERROR", status_body(error).rstrip(b"\n"))
