"""The supervisor's loop: connections of the agent, output and ends of containers, commands that run inside them.

A request is a line of JSON, `{"id": 1, "op": "start", ...}`; its answer is `{"id": 1, "result": ...}` or
`{"id": 1, "error": "..."}`, and may come later than those of requests that were made after it. `{"event": "exit"}` lines tell
every connection of a container's end. With nobody connected and nothing running there is nothing to stay for.
"""

import json
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from kubernel_process.records import Layout
from kubernel_process.supervisor import mounts
from kubernel_process.supervisor.containers import Containers
from kubernel_process.supervisor.execs import Execs
from kubernel_process.supervisor.spawn import SpawnError
from kubernel_process.supervisor.system_calls import adopt_orphans

LINGER = 1.0
"""Seconds to wait for an agent when there is nothing to look after."""
Answer = Callable[..., None]


class Connection:
    """One agent (or a test) on the socket."""

    def __init__(self, peer: socket.socket) -> None:
        self.peer = peer
        self.received = b""
        self.pending = b""


class Server:
    """See the module."""

    def __init__(self, layout: Layout, listener: socket.socket) -> None:
        self._layout = layout
        self._selector = selectors.DefaultSelector()
        self._listener = listener
        self._connections: set[Connection] = set()
        self._timers: list[tuple[float, Callable[[], None]]] = []
        self._wake, wake = socket.socketpair()
        for end in (self._wake, wake):
            end.setblocking(False)
        self._wake_write = wake
        self._closing = False
        self._idle_since = time.monotonic()
        self._containers = Containers(layout, self.watch, self.forget, self.later, self._exited)
        self._execs = Execs(self._containers, self.watch, self.forget, self.later)
        self._mounts = mounts.permitted()

    # --- what the parts use --------------------------------------------------------------------------------------

    def watch(self, descriptor: int, readable: Callable[[], object]) -> None:
        """Call `readable` whenever the descriptor has something."""
        self._selector.register(descriptor, selectors.EVENT_READ, readable)

    def forget(self, descriptor: int) -> None:
        """Watch it no more."""
        self._selector.unregister(descriptor)

    def later(self, delay: float, callback: Callable[[], None]) -> None:
        """Call back after some seconds."""
        self._timers.append((time.monotonic() + delay, callback))
        self._timers.sort(key=lambda timer: timer[0])

    # --- the loop ------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until there is nothing left to serve."""
        signal.set_wakeup_fd(self._wake_write.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            # Whoever ends the agent's group or terminal does not mean the containers.
            signal.signal(number, signal.SIG_IGN)
        adopt_orphans()
        self.watch(self._wake.fileno(), self._reap)
        self.watch(self._listener.fileno(), self._accept)
        self._containers.recover()
        while not self._finished():
            for key, _ in self._selector.select(self._timeout()):
                key.data()
            self._run_timers()

    def _finished(self) -> bool:
        if self._containers.running or self._execs.running or (self._connections and not self._closing):
            self._idle_since = time.monotonic()
            return False
        return self._closing or time.monotonic() - self._idle_since >= LINGER

    def _timeout(self) -> float | None:
        due = self._timers[0][0] if self._timers else None
        if not self._connections and not self._containers.running:
            idle_end = self._idle_since + LINGER
            due = min(due, idle_end) if due is not None else idle_end
        return None if due is None else max(0.0, due - time.monotonic())

    def _run_timers(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            self._timers.pop(0)[1]()

    def _reap(self) -> None:
        try:
            while self._wake.recv(4096):
                pass
        except BlockingIOError:
            pass
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            # Neither: an orphan of a container that we adopted.
            _ = self._containers.child_ended(pid, status) or self._execs.child_ended(pid, status)

    # --- the agent -----------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        try:
            peer, _ = self._listener.accept()
        except BlockingIOError:
            return
        peer.setblocking(False)
        connection = Connection(peer)
        self._connections.add(connection)
        self.watch(peer.fileno(), lambda: self._readable(connection))

    def _drop(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.discard(connection)
            self._selector.unregister(connection.peer)
            connection.peer.close()

    def _readable(self, connection: Connection) -> None:
        try:
            data = connection.peer.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return
        *lines, connection.received = (connection.received + data).split(b"\n")
        for line in lines:
            self._request(connection, json.loads(line))

    def _request(self, connection: Connection, request: dict[str, Any]) -> None:
        def answer(result: Any = None, error: str = "") -> None:
            reply = {"id": request["id"], "error": error} if error else {"id": request["id"], "result": result}
            self._send(connection, reply)

        operation, container_id = request["op"], request.get("container", "")
        try:
            match operation:
                case "hello":
                    answer({"pid": os.getpid(), "mounts": self._mounts})
                case "start":
                    answer(self._containers.start(container_id))
                case "signal":
                    self._containers.signal(container_id, request["signal"])
                    answer()
                case "kill":
                    self._containers.kill(request["containers"], answer)
                case "reopen":
                    self._containers.reopen(container_id)
                    answer()
                case "exec":
                    self._execs.run(container_id, request["command"], request["limit"], answer)
                case "shutdown":
                    self._closing = True
                    self._containers.kill(self._containers.ids(), answer)
                case _:
                    answer(error=f"unknown operation {operation!r}")
        except SpawnError as error:
            answer(error=str(error))

    def _send(self, connection: Connection, message: dict[str, Any]) -> None:
        if connection not in self._connections:
            return
        # Answers are small and the agent reads at once; a connection that does not take them is broken.
        connection.peer.setblocking(True)
        connection.peer.settimeout(5)
        try:
            connection.peer.sendall(json.dumps(message).encode() + b"\n")
            connection.peer.setblocking(False)
        except OSError:
            self._drop(connection)

    def _exited(self, container_id: str) -> None:
        for connection in list(self._connections):
            self._send(connection, {"event": "exit", "container": container_id})
