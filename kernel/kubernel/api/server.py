"""The API server: sockets, TLS, the loop, and everything that answers on it.

`start` runs it on a thread of its own, `serve` on the calling thread until `stop`. uvicorn accepts connections and owns the
loop; each becomes a `Connection`, whose requests the `Shell` answers through Flask. Nothing here is global: several servers may
run in one process.
"""

import asyncio
import contextlib
import errno
import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import uvicorn
import uvloop

from kubernel.api.assembly import Parts, assemble
from kubernel.api.bootstrap import bootstrap
from kubernel.api.connection import Connection
from kubernel.api.handover import Mailbox
from kubernel.api.options import ServerOptions
from kubernel.api.shell import Shell
from kubernel.errors import ConfigurationError, KernelError
from kubernel.ports.clock import Clock
from kubernel.registry.registry import Registry

_BACKLOG = 2048
_log = logging.getLogger("kubernel.api")


class _Listener(uvicorn.Server):
    """uvicorn's server without its signal handlers: signals are the command's matter."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ApiServer:
    """See the module.

    :raises ConfigurationError: the address is taken or cannot be listened on, or a certificate is damaged.
    """

    def __init__(self, registry: Registry, clock: Clock, options: ServerOptions) -> None:
        self._registry, self._clock, self._options = registry, clock, options
        self._context = tls_context(options)
        self._socket = bind(options.host, options.port)
        self.port: int = self._socket.getsockname()[1]
        self._listener: _Listener | None = None
        self._parts: Parts | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._failure: BaseException | None = None

    @property
    def host(self) -> str:
        """An address at which clients on this machine reach the server."""
        host = self._options.host
        return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)

    @property
    def url(self) -> str:
        """`https://HOST:PORT`"""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}"

    def start(self) -> None:
        """Serve on a thread; returns when the server answers.

        :raises KernelError: it could not start.
        """
        self._thread = threading.Thread(target=self._run, name="kubernel-api", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            if isinstance(self._failure, KernelError):
                raise self._failure
            raise ConfigurationError(f"the API server could not start: {self._failure}") from self._failure

    def serve(self) -> None:
        """Serve on this thread until `stop` is called.

        :raises KernelError: it could not start.
        """
        uvloop.run(self._serve())

    def stop(self) -> None:
        """End watches, finish what is under way, close; after `start`, returns when everything is closed.

        May be called from any thread and from signal handlers. Stopping twice is a no-op.
        """
        self._stopping.set()
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                loop.call_soon_threadsafe(self._begin_stop)
        else:
            self._socket.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until the server answers."""
        return self._ready.wait(timeout) and self._failure is None

    def _run(self) -> None:
        try:
            uvloop.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits for the start
            self._failure = error
            if self._ready.is_set():
                _log.error("the API server ended", exc_info=error)
        finally:
            self._ready.set()

    def _begin_stop(self) -> None:
        """Watches and followed logs end before uvicorn asks every connection to finish."""
        if self._listener is not None:
            self._listener.should_exit = True
        if self._parts is not None:
            self._parts.close()

    async def _serve(self) -> None:
        options = self._options
        loop = self._loop = asyncio.get_running_loop()
        mailbox = Mailbox(loop)
        pool = ThreadPoolExecutor(options.threads, thread_name_prefix="kubernel-api")
        parts = self._parts = assemble(self._registry, self._clock, options, loop, mailbox, pool, self.address)
        config = uvicorn.Config(
            _unused, log_config=None, access_log=False, lifespan="off", backlog=_BACKLOG,
            ssl_context_factory=lambda config, default: self._context,
            timeout_graceful_shutdown=cast(int, options.stop_seconds),
        )  # fmt: skip
        listener = self._listener = _Listener(config)
        config.http = cast(Any, self._protocol(parts.shell, listener, loop))
        try:
            await loop.run_in_executor(pool, self._bootstrap)
            ticking = loop.create_task(self._tick(listener))
            if self._stopping.is_set():
                self._begin_stop()
            await listener.serve([self._socket])
            ticking.cancel()
            for connection in list(listener.server_state.connections):
                cast(Any, connection).abort()
        finally:
            self._socket.close()
            parts.close()
            pool.shutdown(wait=False, cancel_futures=True)

    def _bootstrap(self) -> None:
        bootstrap(
            self._registry,
            address=self._options.advertise,
            port=self.port,
            service_address=self._options.service_address,
            service_port=self._options.service_port,
        )

    def address(self) -> str:
        """`host:port` for discovery."""
        return f"{self._options.advertise}:{self.port}"

    def _protocol(self, shell: Shell, listener: _Listener, loop: asyncio.AbstractEventLoop) -> Any:
        limits = self._options.limits

        def protocol(**_: Any) -> Connection:
            return Connection(shell.serve, shell.refusal, listener.server_state, limits, loop)

        return protocol

    async def _tick(self, listener: _Listener) -> None:
        """Tell who waits that the server answers; then, each second, close what has taken too long."""
        loop = asyncio.get_running_loop()
        while not listener.started:
            await asyncio.sleep(0.005)
        self._ready.set()
        next_sweep = loop.time()
        while not listener.should_exit:
            await asyncio.sleep(0.1)
            if loop.time() >= next_sweep:
                next_sweep = loop.time() + 1.0
                for connection in list(listener.server_state.connections):
                    cast(Any, connection).expire(loop.time())


async def _unused(scope: Any, receive: Any, send: Any) -> None:
    """uvicorn wants an ASGI application; connections of this server never ask it."""
    raise RuntimeError("requests are answered by the shell")


def tls_context(options: ServerOptions) -> ssl.SSLContext:
    """TLS with the server's certificate; clients may show one that the cluster's CA signed."""
    pair = options.pki.server((options.host, options.advertise, options.service_address, *options.hosts))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(pair.certificate_path, pair.key_path)
    context.load_verify_locations(options.pki.ca_path)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.set_alpn_protocols(["http/1.1"])
    return context


def bind(host: str, port: int) -> socket.socket:
    """A listening address.

    :raises ConfigurationError: it is taken, or not of this machine.
    """
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        family = socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        advice = "choose another address with --listen"
        if error.errno == errno.EADDRINUSE:
            advice = f"stop what listens there, or {advice}"
        elif error.errno == errno.EACCES:
            advice = f"ports as low as this need root here; {advice}"
        raise ConfigurationError(f"cannot listen on {host}:{port}: {error.strerror}; {advice}") from error
    return listening
