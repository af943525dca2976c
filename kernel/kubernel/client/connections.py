"""The connections below the transport: urllib3's pool of one server, with a whole request in one write."""

import socket
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import parse_url

from kubernel.errors import ConfigurationError

POOL = 128
"""Idle connections kept at most: more than the watches, workers and binders of one process use at once."""


class OneWriteConnection(HTTPConnection):
    """A connection that sends a request's head and body in one write: in two, the server is woken for a head without a body,
    and a body waits for the head's acknowledgement where the system is not told otherwise."""

    _held: list[bytes] | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        held: list[bytes] = []
        self._held = held
        try:
            super().request(*args, **kwargs)
        finally:
            self._held = None
        self.send(b"".join(held))

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)


class SecureOneWriteConnection(OneWriteConnection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = OneWriteConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = SecureOneWriteConnection


def open_pool(server: str, options: dict[str, Any]) -> HTTPConnectionPool:
    """Connections to one server; a dead one is noticed though nobody writes to it. `options` are those of urllib3's pools.

    :raises ConfigurationError: the address is none.
    """
    try:
        address = parse_url(server)
    except urllib3.exceptions.LocationParseError as error:
        raise ConfigurationError(f"the server's address {server!r} is not a URL: {error}") from error
    keepalive = [
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    ]
    kind = _SecurePool if address.scheme == "https" else _Pool
    return kind(
        address.hostname or "",
        address.port,
        maxsize=POOL,
        socket_options=[*HTTPConnection.default_socket_options, *keepalive],
        **options,
    )
