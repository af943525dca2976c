"""A TCP address of a service: listens while there is somebody to answer, and refuses connections while there is nobody."""

import asyncio
import logging
import socket
from collections.abc import Sequence

from kubernel.ports.proxy import Backend
from kubernel_proxy.balancer import Balancer
from kubernel_proxy.engine import Engine
from kubernel_proxy.relay import Relay
from kubernel_proxy.sockets import listen, quick, stop_listening

_BATCH = 64
_REST_SECONDS = 0.1
_log = logging.getLogger(__name__)


class TcpListener:
    """Owns the bound socket; its connections outlive it. Used from the loop's thread alone."""

    def __init__(self, engine: Engine, sock: socket.socket) -> None:
        self._engine, self._socket = engine, sock
        self._balancer = Balancer(engine.loop.time)
        self._listening = False
        self._rest: asyncio.TimerHandle | None = None

    def update(self, backends: Sequence[Backend], affinity_seconds: int) -> None:
        """Take over who answers.

        :raises BindError: another program began to listen on the address while nobody answered here.
        """
        self._balancer.update(backends, affinity_seconds)
        if self._balancer.serving and not self._listening:
            listen(self._socket)
            self._listening = True
            self._engine.loop.add_reader(self._socket.fileno(), self._accept)
        elif not self._balancer.serving and self._listening:
            self._pause()
            stop_listening(self._socket)
            self._listening = False

    def close(self) -> None:
        """Give the address back."""
        self._pause()
        self._listening = False
        self._socket.close()

    def _accept(self) -> None:
        for _ in range(_BATCH):
            try:
                client, address = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                _log.warning("cannot take connections on %s for a moment: %s", self._socket.getsockname(), error)
                self._engine.loop.remove_reader(self._socket.fileno())
                self._rest = self._engine.loop.call_later(_REST_SECONDS, self._resume)
                return
            client.setblocking(False)
            quick(client)
            Relay(self._engine, self._balancer, client, address[0]).start()

    def _resume(self) -> None:
        self._rest = None
        self._engine.loop.add_reader(self._socket.fileno(), self._accept)

    def _pause(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        self._engine.loop.remove_reader(self._socket.fileno())
