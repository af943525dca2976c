"""As much of HTTP/1.1 as one known client needs: requests without a body, answers whole or in chunks, one per connection."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

LONGEST_HEAD = 32 * 1024
PHRASES = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    500: "Internal Server Error",
}


@dataclass(frozen=True, slots=True)
class Request:
    """The path, split and decoded, and the query."""

    method: str
    parts: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole body, or pieces that come when they come."""

    status: int = 200
    body: bytes = b""
    pieces: AsyncIterator[bytes] | None = None
    kind: str = "text/plain"


def refusal(status: int, message: str) -> Reply:
    """An answer that says in plain text what is wrong."""
    return Reply(status, f"{message}\n".encode())


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The request, or None where what came is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return None
    target = urlsplit(words[1])
    parts = tuple(unquote(part) for part in target.path.strip("/").split("/"))
    return Request(words[0], parts, dict(parse_qsl(target.query, keep_blank_values=True)))


async def write_reply(writer: asyncio.StreamWriter, reply: Reply) -> None:
    """Send an answer; each piece waits until the client has room for it."""
    head = f"HTTP/1.1 {reply.status} {PHRASES.get(reply.status, '')}\r\nContent-Type: {reply.kind}\r\nConnection: close\r\n"
    if reply.pieces is None:
        writer.write(f"{head}Content-Length: {len(reply.body)}\r\n\r\n".encode() + reply.body)
        await writer.drain()
        return
    writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
    async for piece in reply.pieces:
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()
