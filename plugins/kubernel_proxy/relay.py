"""One client's TCP connection and the one to its backend.

Promises: every byte arrives in order or the peer sees a reset, never a quiet end in the middle; a half-close is passed on; a
peer that does not read stops the other from being read.

A backend that refuses, or that resets before a single byte has passed either way, is replaced by another one; after that the
proxy cannot know what the backend has done already, and passes the reset on.
"""

import asyncio
import errno
import socket

from kubernel_proxy.balancer import Balancer, Endpoint
from kubernel_proxy.direction import Direction
from kubernel_proxy.engine import Engine
from kubernel_proxy.sockets import abort, family_of, quick

_DONE = (0, errno.EISCONN)
_UNDER_WAY = (errno.EINPROGRESS, errno.EALREADY)


class Relay:
    """First it looks for a backend that answers, then its two directions carry the bytes."""

    __slots__ = (
        "_address", "_balancer", "_client", "_down", "_endpoint", "_engine", "_failed", "_server", "_timer", "_tried",
        "_unsent", "_up",
    )  # fmt: skip

    def __init__(self, engine: Engine, balancer: Balancer, client: socket.socket, address: str) -> None:
        self._engine, self._balancer = engine, balancer
        self._client, self._address = client, address
        self._server: socket.socket | None = None
        self._endpoint: Endpoint | None = None
        self._tried: list[Endpoint] = []
        self._timer: asyncio.TimerHandle | None = None
        self._up: Direction | None = None
        self._down: Direction | None = None
        self._unsent = b""
        self._failed = False

    def start(self) -> None:
        """Connect to a backend; a client for whom there is none is reset."""
        self._engine.connections.add(self)
        self._connect()

    def close(self) -> None:
        """End both connections now, with a reset."""
        self._failed = True
        self._finish()

    # --- finding a backend ------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        while True:
            endpoint = self._balancer.choose(self._address, self._tried)
            if endpoint is None:
                self.close()
                return
            self._tried.append(endpoint)
            self._endpoint = endpoint
            endpoint.connections += 1
            error = self._begin(endpoint)
            if error in _DONE:
                self._established()
                return
            if error in _UNDER_WAY and self._server is not None:
                self._engine.loop.add_writer(self._server.fileno(), self._answered)
                self._timer = self._engine.loop.call_later(self._engine.config.connect_timeout, self._refused)
                return
            self._drop_server()
            self._balancer.failed(endpoint)

    def _begin(self, endpoint: Endpoint) -> int:
        """Start to connect. On loopback the answer is there at once, and a second call gives it without a turn of the loop."""
        try:
            self._server = socket.socket(
                family_of(endpoint.address), socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
            )
            quick(self._server)
            where = (endpoint.address, endpoint.port)
            error = self._server.connect_ex(where)
            return self._server.connect_ex(where) if error == errno.EINPROGRESS else error
        except OSError as error:
            return error.errno or errno.EINVAL

    def _answered(self) -> None:
        assert self._server is not None
        if self._server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._refused()
            return
        self._stop_waiting()
        self._established()

    def _refused(self) -> None:
        self._stop_waiting()
        if self._endpoint is not None:
            self._balancer.failed(self._endpoint)
        self._drop_server()
        self._connect()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            if self._server is not None:
                self._engine.loop.remove_writer(self._server.fileno())

    def _drop_server(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._endpoint is not None:
            self._endpoint.connections -= 1
            self._endpoint = None

    # --- carrying ---------------------------------------------------------------------------------------------------

    def _established(self) -> None:
        assert self._server is not None
        self._up = Direction(self._engine, self, self._client, self._server)
        self._down = Direction(self._engine, self, self._server, self._client)
        self._down.start()
        self._up.start(self._unsent)
        self._unsent = b""

    def source_failed(self, direction: Direction) -> None:
        """A peer reset its connection."""
        if direction is self._down and self._untouched():
            self._try_another(self._up.pending if self._up else b"")
        else:
            self.close()

    def target_failed(self, direction: Direction, unsent: bytes) -> None:
        """A peer takes nothing any more. A backend may still have sent its answer before: that is carried to its end."""
        if direction is self._down:
            self.close()
        elif self._untouched():
            self._try_another(unsent)
        else:
            self._failed = True
            direction.give_up()
            self.direction_ended()

    def direction_ended(self) -> None:
        """Once both directions have ended, so has the connection."""
        if self._up and self._down and self._up.ended and self._down.ended:
            self._finish()

    def _untouched(self) -> bool:
        return not (self._up and self._up.moved) and not (self._down and self._down.moved)

    def _try_another(self, unsent: bytes) -> None:
        self._forget()
        if self._endpoint is not None:
            self._balancer.failed(self._endpoint)
        self._drop_server()
        self._unsent = unsent
        self._connect()

    def _forget(self) -> None:
        for direction in (self._up, self._down):
            if direction is not None:
                direction.forget()
        self._up = self._down = None

    def _finish(self) -> None:
        self._stop_waiting()
        self._forget()
        self._engine.connections.discard(self)
        for sock in (self._client, self._server):
            if sock is not None and self._failed:
                abort(sock)
        self._client.close()
        self._drop_server()
