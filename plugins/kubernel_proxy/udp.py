"""A UDP address of a service: each client has a session with one backend until it has been silent for a while.

A session is a socket of its own, connected to the backend, so that an answer finds its client and a backend that is gone shows
itself by an error; a question that no backend has answered yet then goes to another one. While nobody can answer, the address
is given back, so that clients hear from the host that nobody is there instead of waiting.
"""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

from kubernel.ports.proxy import Backend
from kubernel_proxy.balancer import Balancer, Endpoint
from kubernel_proxy.engine import Engine
from kubernel_proxy.sockets import bind, family_of

_BATCH = 64
_RETRIES = 8


class UdpSession:
    """One client and its backend."""

    __slots__ = ("client", "endpoint", "socket", "tried", "unanswered", "used")

    def __init__(self, client: Any, endpoint: Endpoint, sock: socket.socket, tried: list[Endpoint]) -> None:
        self.client, self.endpoint, self.socket = client, endpoint, sock
        self.tried = tried
        self.unanswered: bytes | None = None
        self.used = 0.0


class UdpListener:
    """Owns the bound socket and the sessions. Used from the loop's thread alone."""

    def __init__(self, engine: Engine, sock: socket.socket) -> None:
        self._engine = engine
        self._socket: socket.socket | None = sock
        self._address, self._port = sock.getsockname()[:2]
        self._balancer = Balancer(engine.loop.time)
        self._sessions: dict[Any, UdpSession] = {}
        self._sweep: asyncio.TimerHandle | None = None
        engine.loop.add_reader(sock.fileno(), self._from_clients, sock)

    def update(self, backends: Sequence[Backend], affinity_seconds: int) -> None:
        """Take over who answers; clients of a backend that is not ready any more get another one with their next question.

        :raises BindError: another program took the address while nobody answered here.
        """
        self._balancer.update(backends, affinity_seconds)
        for session in [s for s in self._sessions.values() if not self._balancer.has(s.endpoint)]:
            self._end(session)
        if not self._balancer.serving:
            self._give_back()
        elif self._socket is None:
            self._socket = bind("UDP", self._address, self._port)
            self._engine.loop.add_reader(self._socket.fileno(), self._from_clients, self._socket)

    def close(self) -> None:
        """Give the address back and end the sessions."""
        if self._sweep is not None:
            self._sweep.cancel()
        for session in list(self._sessions.values()):
            self._end(session)
        self._give_back()

    def _give_back(self) -> None:
        if self._socket is not None:
            self._engine.loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _from_clients(self, sock: socket.socket) -> None:
        for _ in range(_BATCH):
            try:
                count, client = sock.recvfrom_into(self._engine.buffer)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue  # an earlier answer did not reach its client, who is gone
            session = self._sessions.get(client) or self._begin(client, [])
            if session is not None:
                self._send(session, self._engine.view[:count])

    def _begin(self, client: Any, tried: list[Endpoint]) -> UdpSession | None:
        """A session with the next backend; without one the question is lost, as questions over UDP may be."""
        endpoint = self._balancer.choose(client[0], tried)
        if endpoint is None:
            return None
        if len(self._sessions) >= self._engine.config.udp_sessions:
            self._end(min(self._sessions.values(), key=lambda session: session.used))
        kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
        try:
            sock = socket.socket(family_of(endpoint.address), kind)
        except OSError:
            return None
        try:
            sock.connect((endpoint.address, endpoint.port))
        except OSError:
            sock.close()
            return None
        session = UdpSession(client, endpoint, sock, [*tried, endpoint])
        endpoint.connections += 1
        self._sessions[client] = session
        self._engine.loop.add_reader(sock.fileno(), self._from_backend, session)
        if self._sweep is None:
            self._sweep = self._engine.loop.call_later(self._engine.config.udp_timeout / 4, self._end_silent)
        return session

    def _send(self, session: UdpSession, data: memoryview | bytes) -> None:
        session.used = self._engine.loop.time()
        try:
            session.socket.send(data)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._try_another(session, bytes(data))
            return
        if session.tried:
            session.unanswered = bytes(data)

    def _from_backend(self, session: UdpSession) -> None:
        for _ in range(_BATCH):
            try:
                count = session.socket.recv_into(self._engine.buffer)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self._try_another(session, session.unanswered)
                return
            session.used = self._engine.loop.time()
            session.tried, session.unanswered = [], None
            if self._socket is None:
                return
            try:
                self._socket.sendto(self._engine.view[:count], session.client)
            except OSError:
                continue  # the client's side is full or gone: an answer over UDP may be lost

    def _try_another(self, session: UdpSession, question: bytes | None) -> None:
        self._balancer.failed(session.endpoint)
        self._end(session)
        if question is None or len(session.tried) > _RETRIES:
            return
        replacement = self._begin(session.client, session.tried or [session.endpoint])
        if replacement is not None:
            self._send(replacement, question)

    def _end_silent(self) -> None:
        self._sweep = None
        silent_since = self._engine.loop.time() - self._engine.config.udp_timeout
        for session in [s for s in self._sessions.values() if s.used <= silent_since]:
            self._end(session)
        if self._sessions:
            self._sweep = self._engine.loop.call_later(self._engine.config.udp_timeout / 4, self._end_silent)

    def _end(self, session: UdpSession) -> None:
        if self._sessions.get(session.client) is session:
            del self._sessions[session.client]
            session.endpoint.connections -= 1
            self._engine.loop.remove_reader(session.socket.fileno())
            session.socket.close()
