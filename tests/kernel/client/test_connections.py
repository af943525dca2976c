"""How requests leave on the wire."""

import io
import socket
from typing import cast

import pytest

from kubernel.client.connections import OneWriteConnection, open_pool
from kubernel.errors import ConfigurationError


class Wire:
    """A socket that keeps what is written."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.writes.append(data)

    def settimeout(self, seconds: float | None) -> None:
        """Nothing here waits."""

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def close(self) -> None:
        """Nothing to give back."""


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def connection(wire: Wire) -> OneWriteConnection:
    found = OneWriteConnection("127.0.0.1")
    found.sock = cast(socket.socket, wire)
    return found


def test_a_requests_head_and_body_leave_in_one_write(connection: OneWriteConnection, wire: Wire) -> None:
    connection.request("POST", "/api", b"body", {"Content-Type": "application/json"})
    assert len(wire.writes) == 1
    assert wire.writes[0].startswith(b"POST /api HTTP/1.1\r\n")
    assert wire.writes[0].endswith(b"\r\n\r\nbody")


def test_each_request_of_a_connection_is_a_write_of_its_own(connection: OneWriteConnection, wire: Wire) -> None:
    for _ in range(2):
        connection.request("GET", "/api")
        connection.getresponse()
    assert len(wire.writes) == 2
    assert wire.writes[0] == wire.writes[1]


@pytest.mark.parametrize("server", ["https://[::1", "http://host:port"])
def test_an_address_that_is_no_url_is_refused_with_a_sentence(server: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a URL"):
        open_pool(server, {})
