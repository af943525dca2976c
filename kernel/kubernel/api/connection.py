"""One client's connection: bytes from the socket become exchanges, answers become bytes.

This is the protocol that uvicorn gives each accepted socket to, in place of its own: httptools parses, a request that is
complete goes straight to the shell without a task or an event being made for it, and an answer is one write. Bounds are kept
here: the size of heads and bodies, the time a client may take to send them or to take an answer, one request at a time
(pipelined ones wait).
"""

import asyncio
import fcntl
import sys
import termios
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

import httptools
from uvicorn.server import ServerState

from kubernel.api.exchange import STATUS_LINES, Exchange
from kubernel.errors import BadRequestError, RequestEntityTooLargeError, StatusError
from kubernel.ports.auth import Credentials

_PIECE = 256 * 1024
_LINGER_SECONDS = 3.0
_GOODBYE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may ask of a connection; bytes and seconds."""

    head_bytes: int = 64 * 1024
    body_bytes: int = 3 * 1024 * 1024
    head_seconds: float = 30.0
    body_seconds: float = 60.0
    idle_seconds: float = 120.0
    write_seconds: float = 60.0
    pipelined: int = 16


class HeadTooLargeError(StatusError):
    """The request's line and headers are larger than the server takes."""

    code, reason = 431, "RequestHeaderFieldsTooLarge"


class SlowRequestError(StatusError):
    """The client did not send its request in time."""

    code, reason = 408, "Timeout"


class Connection(asyncio.Protocol):
    """See the module."""

    def __init__(
        self,
        serve: Callable[[Exchange], None],
        render: Callable[[StatusError], bytes],
        state: ServerState,
        limits: Limits,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._serve, self._render = serve, render
        self._state, self._limits, self._loop = state, limits, loop
        self._parser: Any = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self.credentials = Credentials()
        self.paused = False
        self.deadline: float | None = None
        self._current: Exchange | None = None
        self._ready: deque[Exchange] = deque()
        self._unsent: memoryview | None = None
        self._shutting_down = self._closing = self._discarding = self._parser_broken = False
        self._begin()

    # --- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=_PIECE)
        self.credentials = subject_of(transport.get_extra_info("peercert"))
        self._state.connections.add(cast(Any, self))
        self.deadline = self._loop.time() + self._limits.head_seconds

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.connections.discard(cast(Any, self))
        self._closing, self.deadline, self._unsent = True, None, None
        self._ready.clear()
        if self._current is not None:
            current, self._current = self._current, None
            current.lost()
        self._parser = None

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False
        if self._unsent is not None:
            self._pump()
        elif self._current is not None and self._current.on_drain is not None:
            self._current.on_drain()

    def data_received(self, data: bytes) -> None:
        if self._closing or self._parser_broken:
            return
        if not self._in_body:
            if not self._head_size:
                self.deadline = self._loop.time() + self._limits.head_seconds if self._current is None else None
            self._head_size += len(data)
            if self._head_size > self._limits.head_bytes + self._limits.body_bytes:
                self._parser_broken = True
                self._refuse(HeadTooLargeError("the request's headers are too large"))
                return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._ready:
                self._ready[-1].keep_alive = False
        except httptools.HttpParserError as error:
            self._parser_broken = True
            self._refuse(BadRequestError(f"the request is not valid HTTP: {error}"))
            return
        self._next()

    # --- the parser's side

    def _begin(self) -> None:
        self._url = b""
        self._body: list[bytes] = []
        self._headers: dict[str, str] = {}
        self._head_size = self._header_bytes = self._body_size = 0
        self._in_body = False

    def on_url(self, url: bytes) -> None:
        self._header_bytes += len(url)
        if self._head_fits():
            self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if not self._head_fits():
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        known = self._headers.get(key)
        self._headers[key] = text if known is None else f"{known},{text}"

    def _head_fits(self) -> bool:
        """Asked before anything is kept: joining what repeats without end would hold up everybody."""
        if self._header_bytes > self._limits.head_bytes:
            self._refuse(HeadTooLargeError(f"the request's headers are larger than {self._limits.head_bytes} bytes"))
        return not self._discarding

    def on_headers_complete(self) -> None:
        self._in_body = True
        if self._discarding:
            return
        length = self._headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._limits.body_bytes:
            self._refuse_body()
            return
        if self._current is None:
            self.deadline = self._loop.time() + self._limits.body_seconds
        if self._headers.get("expect", "").lower() == "100-continue" and self._current is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if self._discarding:
            return
        self._body_size += len(body)
        if self._body_size > self._limits.body_bytes:
            self._refuse_body()
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        if self._discarding:
            self._close()
            return
        version = self._parser.get_http_version()
        url = httptools.parse_url(self._url) if self._url.startswith(b"/") else None
        path = (url.path if url is not None else self._url).decode("latin-1")
        exchange = Exchange(
            self,
            self._parser.get_method().decode("latin-1"),
            unquote(path) if "%" in path else path,
            ((url.query if url is not None else b"") or b"").decode("latin-1"),
            self._headers,
            b"".join(self._body),
            keep_alive=version != "1.0" and self._parser.should_keep_alive() and not self._shutting_down,
            streamable=version != "1.0",
        )
        self._begin()
        self._ready.append(exchange)
        if len(self._ready) >= self._limits.pipelined:
            self._transport.pause_reading()

    # --- the exchanges' side

    def _next(self) -> None:
        """Serve what is complete, one at a time."""
        while self._ready and self._current is None and not self._closing:
            self._current = self._ready.popleft()
            self.deadline = None
            self._serve(self._current)
            if len(self._ready) == self._limits.pipelined - 1 and not self._transport.is_closing():
                self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        if not self._closing:
            self._transport.write(data)

    def send_body(self, head: bytes, body: bytes) -> None:
        if len(body) <= _PIECE:
            self._transport.write(head + body)
            self.answered()
            return
        self._transport.write(head)
        self._unsent = memoryview(body)
        self._pump()

    def _pump(self) -> None:
        """Write pieces of a large answer until the client's buffer is full; `resume_writing` goes on."""
        while self._unsent is not None and not self.paused:
            piece, self._unsent = self._unsent[:_PIECE], self._unsent[_PIECE:]
            self._transport.write(piece)
            if not len(self._unsent):
                self._unsent = None
                self.deadline = None
                self.answered()
                return
        self.deadline = self._loop.time() + self._limits.write_seconds

    def answered(self) -> None:
        """The current exchange has its answer: close, or be ready for the next."""
        current, self._current = self._current, None
        if current is None or not current.keep_alive or self._shutting_down:
            self._close()
        elif self._ready:
            self._loop.call_soon(self._next)
        elif not self._head_size:
            self.deadline = self._loop.time() + self._limits.idle_seconds

    def buffered(self) -> int:
        return self._transport.get_write_buffer_size()

    def abort_after(self, seconds: float) -> None:
        self._loop.call_later(seconds, self._transport.abort)

    def date_header(self) -> bytes:
        for name, value in self._state.default_headers:
            return b"%s: %s\r\n" % (name, value)
        return b""

    # --- bounds

    def expire(self, now: float) -> None:
        """Called every second or so: close what has taken too long."""
        if self.deadline is None or now < self.deadline:
            return
        if self._in_body and not self._discarding and self._current is None:
            self._refuse(SlowRequestError("the request did not arrive in time"))
        elif self._unsent is not None or self._discarding:
            self._transport.abort()
        else:
            self._close()

    def shutdown(self) -> None:
        """The server stops: idle connections close now, others after their answer."""
        self._shutting_down = True
        if self._current is None:
            self._close()
        else:
            self._current.keep_alive = False

    def abort(self) -> None:
        """The server has waited long enough."""
        self._transport.abort()

    def _refuse_body(self) -> None:
        self._refuse(RequestEntityTooLargeError(f"Request entity too large: limit is {self._limits.body_bytes}"))

    def _refuse(self, error: StatusError) -> None:
        """Answer before the request is complete. What still arrives is read and dropped for a while, because a socket
        closed with unread data would take the answer away from the client."""
        if self._discarding or self._closing:
            return
        self._discarding, self._body = True, []
        self.deadline = self._loop.time() + _LINGER_SECONDS
        body = self._render(error)
        line = STATUS_LINES.get(error.code, b"HTTP/1.1 %d Refused\r\n" % error.code)
        head = b"%scontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % (line, len(body))
        if self._current is None:
            self._transport.write(head + body)

    def _close(self) -> None:
        """Close. TLS then waits for the client to say goodbye too, which many never do: they are not waited for long."""
        if not self._closing:
            self._closing = True
            self._transport.close()
            self._loop.call_later(_GOODBYE_SECONDS, self._let_go, self._loop.time() + self._limits.write_seconds, False)

    def _let_go(self, deadline: float, taken: bool) -> None:
        """Cut the connection off once the client has taken everything, or has had the time to. What TLS has passed on is not
        in `buffered` any more; seen empty twice, the socket has given it away as well.

        :param taken: so it was at the last look.
        """
        if self._parser is None:
            return
        empty = self.buffered() == 0 and unsent(self._transport) == 0
        if (empty and taken) or self._loop.time() > deadline:
            self._transport.abort()
        else:
            self._loop.call_later(_GOODBYE_SECONDS, self._let_go, deadline, empty)


def unsent(transport: asyncio.Transport) -> int:
    """Bytes that the operating system holds for the other side; 0 where it does not tell."""
    sock = transport.get_extra_info("socket")
    size = bytearray(4)
    try:
        fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, size)
    except OSError:
        return 0
    return int.from_bytes(size, sys.byteorder)


def subject_of(certificate: Any) -> Credentials:
    """Who a verified client certificate names: CN is the user, every O a group."""
    if not certificate:
        return Credentials()
    pairs = [pair for part in certificate.get("subject", ()) for pair in part]
    names = [value for key, value in pairs if key == "commonName"]
    return Credentials(
        common_name=names[0] if names else "",
        organizations=tuple(value for key, value in pairs if key == "organizationName"),
    )
