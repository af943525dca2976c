"""Asking a node's agent: HTTP on the loop, with TLS and the API server's own certificate, streaming, without a thread.

One connection for one request: logs are asked for rarely, and a followed one keeps its connection for hours.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass

import h11

from kubernel.api.pki import KeyPair
from kubernel.errors import ServiceUnavailableError

_READ = 64 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where an agent answers."""

    node: str
    host: str
    port: int


class UpstreamAnswer:
    """An answer that is arriving; close it when done."""

    def __init__(
        self,
        status: int,
        content_type: str,
        connection: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.status, self.content_type = status, content_type
        self._connection, self._reader, self._writer = connection, reader, writer

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it arrives; ends early when the node goes away, which is all that can be said in the middle of a body."""
        while True:
            try:
                event = await next_event(self._connection, self._reader)
            except (OSError, h11.RemoteProtocolError):
                return
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            else:
                return

    async def text(self, most: int = 64 * 1024) -> str:
        """The whole body, at most so many bytes of it."""
        found = b""
        async for piece in self.pieces():
            found += piece
            if len(found) >= most:
                break
        return found[:most].decode("utf-8", "replace")

    def close(self) -> None:
        self._writer.close()


async def next_event(connection: h11.Connection, reader: asyncio.StreamReader) -> object:
    """The next thing that h11 makes of what arrives."""
    while True:
        event = connection.next_event()
        if event is not h11.NEED_DATA:
            return event
        connection.receive_data(await reader.read(_READ))


class Upstream:
    """Opens requests to nodes.

    :param ca: PEM of the CA that signed the agents' certificates.
    :param client: the API server's own certificate.
    """

    def __init__(self, ca: bytes, client: KeyPair, timeout: float = 10.0) -> None:
        self._timeout = timeout
        self._context = ssl.create_default_context(cadata=ca.decode())
        self._context.load_cert_chain(client.certificate_path, client.key_path)

    async def get(self, place: Place, target: str) -> UpstreamAnswer:
        """The head of the answer has arrived.

        :raises ServiceUnavailableError: the node cannot be reached, or does not speak as it should.
        """
        writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = await asyncio.open_connection(place.host, place.port, ssl=self._context)
                connection = h11.Connection(h11.CLIENT)
                headers = [("Host", f"{place.host}:{place.port}"), ("Connection", "close"), ("Accept", "*/*")]
                writer.write(connection.send(h11.Request(method="GET", target=target, headers=headers)) or b"")
                writer.write(connection.send(h11.EndOfMessage()) or b"")
                event = await next_event(connection, reader)
                while isinstance(event, h11.InformationalResponse):
                    event = await next_event(connection, reader)
        except (OSError, TimeoutError, h11.ProtocolError) as error:
            if writer is not None:
                writer.close()
            raise _away(place, error) from error
        if not isinstance(event, h11.Response):
            writer.close()
            raise _away(place, None)
        types = [value.decode("latin-1") for name, value in event.headers if name == b"content-type"]
        return UpstreamAnswer(event.status_code, types[0] if types else "", connection, reader, writer)


def _away(place: Place, error: Exception | None) -> ServiceUnavailableError:
    why = "it closed the connection" if error is None else "it does not answer" if isinstance(error, TimeoutError) else str(error)
    return ServiceUnavailableError(f'node "{place.node}" cannot be reached at {place.host}:{place.port}: {why}')
