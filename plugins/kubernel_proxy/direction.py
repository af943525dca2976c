"""One half of a TCP connection: bytes from one socket to the other, at the speed of the slower one.

What is read goes out at once from the shared buffer; the part that the target does not take yet is kept, and the source is
not read until it is gone. The end of the source (half-close) is passed on, the opposite half is not touched by it.
"""

import socket
from typing import Protocol

from kubernel_proxy.engine import Engine


class Owner(Protocol):
    """Who decides what a failure means."""

    def source_failed(self, direction: "Direction") -> None: ...

    def target_failed(self, direction: "Direction", unsent: bytes) -> None: ...

    def direction_ended(self) -> None: ...


class Direction:
    """Bytes from one socket to the other."""

    __slots__ = ("_engine", "_owner", "_source", "_target", "ended", "moved", "pending")

    def __init__(self, engine: Engine, owner: Owner, source: socket.socket, target: socket.socket) -> None:
        self._engine, self._owner = engine, owner
        self._source, self._target = source, target
        self.pending = b""
        self.moved = self.ended = False

    def start(self, unsent: bytes = b"") -> None:
        """Begin; `unsent` was read from the source for a backend that did not take it."""
        if unsent:
            self.pending = unsent
            self._engine.loop.add_writer(self._target.fileno(), self._writable)
        else:
            self._engine.loop.add_reader(self._source.fileno(), self._readable)

    def _readable(self) -> None:
        try:
            count = self._source.recv_into(self._engine.buffer)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._owner.source_failed(self)
            return
        if not count:
            self._end()
            return
        data = self._engine.view[:count]
        try:
            sent = self._target.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self._owner.target_failed(self, bytes(data))
            return
        self.moved = self.moved or sent > 0
        if sent < count:
            self.pending = bytes(data[sent:])
            self._engine.loop.remove_reader(self._source.fileno())
            self._engine.loop.add_writer(self._target.fileno(), self._writable)

    def _writable(self) -> None:
        try:
            sent = self._target.send(self.pending)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._engine.loop.remove_writer(self._target.fileno())
            self._owner.target_failed(self, self.pending)
            return
        self.moved = True
        self.pending = self.pending[sent:]
        if not self.pending:
            self._engine.loop.remove_writer(self._target.fileno())
            self._engine.loop.add_reader(self._source.fileno(), self._readable)

    def _end(self) -> None:
        """The source has said its last word: so does the target."""
        self.give_up()
        try:
            self._target.shutdown(socket.SHUT_WR)
        except OSError:
            self._owner.target_failed(self, b"")
            return
        self._owner.direction_ended()

    def give_up(self) -> None:
        """Take no more from the source."""
        self.ended = True
        self._engine.loop.remove_reader(self._source.fileno())

    def forget(self) -> None:
        """Stop watching both sockets: they are about to be closed."""
        self._engine.loop.remove_reader(self._source.fileno())
        self._engine.loop.remove_writer(self._target.fileno())
