"""Small real servers on loopback for tests of proxies: each answers with its own name, so that a test sees who was asked."""

import contextlib
import select
import socket
import threading
from collections.abc import Iterator

from kubernel.testing.loopback import fresh_address

PORT = 8080


class AnsweringServer:
    """TCP: sends `NAME ` and everything that it hears back, and ends when its client does. UDP: the same by datagram."""

    def __init__(self, name: str, *, protocol: str = "TCP", address: str = "", port: int = PORT) -> None:
        self.name = name
        self.address = address or fresh_address()
        self.port = port
        self.connections = 0
        self._tcp = protocol == "TCP"
        self._socket = socket.socket(type=socket.SOCK_STREAM if self._tcp else socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((self.address, port))
        if self._tcp:
            self._socket.listen()
        self._wake, self._woken = socket.socketpair()
        self._open: dict[socket.socket, bool] = {}
        self._idle = False
        self._thread = threading.Thread(target=self._run, name=f"answering-{name}", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a connection is open, or waits to be taken up."""
        # In this order: the thread says that it is not idle before it takes a connection up.
        waits = bool(select.select([self._socket], [], [], 0)[0])
        return waits or not self._idle

    def close(self) -> None:
        """End the listener and every connection. Closing twice is a no-op."""
        if self._thread.is_alive():
            self._wake.send(b"x")
            self._thread.join()
            self._wake.close()

    def _run(self) -> None:
        with self._woken, self._socket:
            while True:
                watched = [self._woken, self._socket, *self._open]
                ready = select.select(watched, [], [], 0)[0]
                if not ready:
                    self._idle = not self._open
                    ready = select.select(watched, [], [])[0]
                    self._idle = False
                if self._woken in ready:
                    break
                for sock in ready:
                    self._serve(sock)
        for sock in self._open:
            sock.close()

    def _serve(self, sock: socket.socket) -> None:
        if not self._tcp:
            data, client = sock.recvfrom(65535)
            self.connections += 1
            sock.sendto(f"{self.name} ".encode() + data, client)
        elif sock is self._socket:
            connection, _ = sock.accept()
            self.connections += 1
            self._open[connection] = False
        else:
            self._answer(sock)

    def _answer(self, sock: socket.socket) -> None:
        try:
            data = sock.recv(65536)
            if not self._open[sock]:
                self._open[sock] = True
                data = f"{self.name} ".encode() + data if data else b""
            if data:
                sock.sendall(data)
                return
        except ConnectionError:
            pass  # the client is gone, and with it what it wanted
        del self._open[sock]
        sock.close()


@contextlib.contextmanager
def answering(*names: str, protocol: str = "TCP") -> Iterator[list[AnsweringServer]]:
    """Servers of these names, ended with the block."""
    with contextlib.ExitStack() as stack:
        servers = []
        for name in names:
            server = AnsweringServer(name, protocol=protocol)
            stack.callback(server.close)
            servers.append(server)
        yield servers


def ask(address: str, port: int = PORT, text: str = "hello", timeout: float = 60.0) -> str:
    """One connection: the name of the server that answered.

    :raises OSError: it was refused, reset, or took too long.
    """
    with socket.create_connection((address, port), timeout) as connection:
        connection.sendall(text.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while data := connection.recv(65536):
            answer += data
    name, _, echo = answer.decode().partition(" ")
    if echo != text:
        raise ConnectionError(f"asked {text!r}, heard {answer!r}")
    return name


def ask_udp(address: str, port: int = PORT, timeout: float = 60.0) -> str:
    """One datagram from a new socket: the name of the server that answered.

    :raises OSError: it was refused or took too long.
    """
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(timeout)
        client.connect((address, port))
        client.send(b"hello")
        return client.recv(65535).decode().partition(" ")[0]
