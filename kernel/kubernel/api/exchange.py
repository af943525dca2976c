"""One request and the way to answer it: what the connection hands to the shell.

An exchange is answered once, either whole (`respond`) or as a stream (`open`, then `write` or `chunk`, then `end`). It knows
nothing of Kubernetes. All of it happens on the loop's thread.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from kubernel.ports.auth import Credentials

HeaderList = Iterable[tuple[str, str]]

REASONS = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved Permanently", 304: "Not Modified",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required",
    413: "Request Entity Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Entity", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
}  # fmt: skip
STATUS_LINES = {code: f"HTTP/1.1 {code} {reason}\r\n".encode() for code, reason in REASONS.items()}
LAST_CHUNK = b"0\r\n\r\n"


class Line(Protocol):
    """What an exchange needs of its connection."""

    credentials: Credentials
    paused: bool

    def write(self, data: bytes) -> None: ...

    def send_body(self, head: bytes, body: bytes) -> None:
        """Write a whole answer, a large one in pieces as the client takes it, then go on to the next request."""

    def answered(self) -> None:
        """The stream has ended: go on to the next request."""

    def buffered(self) -> int:
        """Bytes that were written and that the client has not taken."""

    def abort_after(self, seconds: float) -> None:
        """Close, and cut off a client that does not take what is buffered within that time."""

    def date_header(self) -> bytes: ...


def chunk(data: bytes) -> bytes:
    """The data as a chunk of HTTP/1.1's chunked transfer encoding."""
    return b"%x\r\n%s\r\n" % (len(data), data)


class Exchange:
    """See the module. `headers` has lower-case names; repeated headers are joined by commas."""

    __slots__ = (
        "body",
        "done",
        "headers",
        "keep_alive",
        "line",
        "method",
        "on_close",
        "on_drain",
        "path",
        "query",
        "streamable",
        "streaming",
    )

    def __init__(
        self,
        line: Line,
        method: str,
        path: str,
        query: str,
        headers: dict[str, str],
        body: bytes,
        *,
        keep_alive: bool = True,
        streamable: bool = True,
    ) -> None:
        self.line, self.method, self.path, self.query = line, method, path, query
        self.headers, self.body = headers, body
        self.keep_alive, self.streamable = keep_alive, streamable
        self.streaming = self.done = False
        self.on_close: Callable[[], None] | None = None
        """Called once if the client goes away before the end of a stream."""
        self.on_drain: Callable[[], None] | None = None
        """Called when the client has taken so much that writing may go on."""

    @property
    def credentials(self) -> Credentials:
        return self.line.credentials

    @property
    def paused(self) -> bool:
        """The client is slower than we are; wait for `on_drain` where waiting is possible."""
        return self.line.paused

    @property
    def buffered(self) -> int:
        return self.line.buffered()

    def _head(self, status: int, headers: HeaderList, framing: bytes) -> bytes:
        parts = [STATUS_LINES.get(status) or b"HTTP/1.1 %d Status\r\n" % status, self.line.date_header()]
        parts += [f"{name}: {value}\r\n".encode("latin-1", "replace") for name, value in headers]
        if not self.keep_alive:
            parts.append(b"connection: close\r\n")
        parts.append(framing)
        return b"".join(parts)

    def respond(self, status: int, headers: HeaderList, body: bytes) -> None:
        """The whole answer; `headers` without content-length, connection and date. A no-op once the client is gone."""
        if self.done:
            return
        self.done = True
        framing = b"content-length: %d\r\n\r\n" % len(body) if status not in (204, 304) else b"\r\n"
        self.line.send_body(self._head(status, headers, framing), b"" if self.method == "HEAD" else body)

    def open(self, status: int, headers: HeaderList) -> None:
        """Begin a chunked answer."""
        if self.done:
            return
        self.streaming = True
        self.line.write(self._head(status, headers, b"transfer-encoding: chunked\r\n\r\n"))
        if self.method == "HEAD":
            self.end()

    def write(self, frames: bytes) -> None:
        """Bytes that are chunks already, so that one framing serves many clients."""
        if not self.done:
            self.line.write(frames)

    def chunk(self, data: bytes) -> None:
        """A piece of the body."""
        if data and not self.done:
            self.line.write(chunk(data))

    def end(self, last: bytes = b"") -> None:
        """The proper end of a stream, after `last` (chunks)."""
        if self.done:
            return
        self.done = True
        self.line.write(last if self.method == "HEAD" else last + LAST_CHUNK)
        self.line.answered()

    def end_slow(self, last: bytes) -> None:
        """End a stream whose client does not keep up: it has a few seconds to take what is there."""
        if self.done:
            return
        self.keep_alive = False
        self.end(last)
        self.line.abort_after(10.0)

    def lost(self) -> None:
        """The connection is gone."""
        if self.done:
            return
        self.done = True
        if self.on_close is not None:
            self.on_close()
