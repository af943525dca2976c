"""Serves on a loop and a thread of its own: TLS with the node's certificate, for whoever has one of the cluster's CA.

It must be up before the node says where to find it, so `start` returns when it listens. Every connection is one task; a log that
is followed costs a look at its file now and then, and ends when its client hangs up.
"""

import asyncio
import contextlib
import logging
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from kubernel.errors import ConfigurationError
from kubernel.node.server.http import LONGEST_HEAD, Reply, Request, read_request, refusal, write_reply
from kubernel.node.server.routes import Routes

_log = logging.getLogger(__name__)
HEAD_SECONDS = 30.0


class NodeServer:
    """See the module.

    :param port: where to listen; 0 takes the one that `remembered` (a file) holds from an earlier run, if it is still free, or
        any other. So who has the node's old status finds it again.
    """

    def __init__(self, routes: Routes, address: str, port: int, remembered: Path, context: ssl.SSLContext) -> None:
        self._routes, self._address, self._wanted, self._context = routes, address, port, context
        self._remembered = remembered
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ended: asyncio.Event | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0
        """Where it listens; 0 before it was started."""

    def start(self) -> None:
        """
        :raises ConfigurationError: the port cannot be had.
        """
        listening = threading.Event()
        failed: list[OSError] = []

        def run() -> None:
            try:
                asyncio.run(self._serve(listening.set))
            except OSError as error:
                failed.append(error)
                listening.set()

        self._thread = threading.Thread(target=run, name="node-server", daemon=True)
        self._thread.start()
        listening.wait()
        if failed:
            raise ConfigurationError(f"the node's server cannot listen on {self._address}:{self._wanted}: {failed[0].strerror}")

    def stop(self) -> None:
        """Hang up on everybody."""
        if self._loop is not None and self._ended is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._ended.set)
        if self._thread is not None:
            self._thread.join(5)

    async def _serve(self, listening: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        server = await self._listen()
        self.port = server.sockets[0].getsockname()[1]
        self._remembered.write_text(f"{self.port}\n")
        listening()
        await self._ended.wait()
        server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _listen(self) -> asyncio.Server:
        async def on(port: int) -> asyncio.Server:
            return await asyncio.start_server(
                self._connected, self._address, port, ssl=self._context, limit=LONGEST_HEAD, backlog=128
            )

        known = self._remembered.read_text().strip() if self._remembered.exists() else ""
        if self._wanted == 0 and known.isdigit():
            with contextlib.suppress(OSError):
                return await on(int(known))
        return await on(self._wanted)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        gone = asyncio.ensure_future(self._answer(reader, writer))
        try:
            await gone
        except (ConnectionError, ssl.SSLError, TimeoutError) as error:
            _log.debug("a connection to the node's server ended: %s", error)
        except asyncio.CancelledError:
            gone.cancel()
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await asyncio.wait_for(read_request(reader), HEAD_SECONDS)
        if request is None:
            await write_reply(writer, refusal(400, "this is no request that the node understands"))
            return
        reply = self._reply_of(request)
        if reply.pieces is None:
            await write_reply(writer, reply)
            return
        # The client sends nothing more: when reading ends it has hung up, and a log that it followed is let go.
        sending = asyncio.ensure_future(write_reply(writer, reply))
        hanging_up = asyncio.ensure_future(reader.read())
        try:
            await asyncio.wait((sending, hanging_up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, hanging_up):
                task.cancel()
            results = await asyncio.gather(sending, hanging_up, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, ConnectionError):
                raise result

    def _reply_of(self, request: Request) -> Reply:
        try:
            return self._routes.reply(request)
        except Exception:  # noqa: BLE001 - the server's loop: the next request must be served
            _log.exception("a request to the node's server failed")
            return refusal(500, "the node failed to answer; its log says why")


def server_context(certificate: bytes | Path, key: bytes | Path, client_ca: bytes | Path) -> ssl.SSLContext:
    """TLS for a server whose clients must have a certificate of the CA.

    :raises ConfigurationError: a certificate cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        ca = client_ca.read_bytes() if isinstance(client_ca, Path) else client_ca
        context.load_verify_locations(cadata=ca.decode("ascii"))
        with contextlib.ExitStack() as stack:
            # The ssl module takes a certificate and its key from files only.
            paths = [stack.enter_context(_as_file(item)) for item in (certificate, key)]
            context.load_cert_chain(paths[0], paths[1])
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the node's certificate cannot be used: {error}") from error
    return context


@contextlib.contextmanager
def _as_file(item: bytes | Path) -> Iterator[str]:
    if isinstance(item, Path):
        yield str(item)
        return
    with tempfile.NamedTemporaryFile(prefix="kubernel-", suffix=".pem") as file:
        file.write(item)
        file.flush()
        yield file.name
