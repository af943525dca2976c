"""The agent's end of the line to the supervisor, which is started when it is first needed and again when it was killed.

One thread reads answers and events. Callers wait for the answer to their own request, with a limit: a supervisor that hangs
becomes an error of the pod that asked, not of the agent.
"""

import contextlib
import itertools
import json
import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from kubernel.ports.runtime import RuntimeFault
from kubernel_process.records import Layout

_log = logging.getLogger(__name__)

TIMEOUT = 20.0
"""Seconds to wait for an answer that comes at once when all is well."""
SUPERVISOR = Path(__file__).with_name("supervisor") / "__main__.py"


class SupervisorRefusal(RuntimeFault):
    """The supervisor could not do what it was asked; the message is its own."""


class Link:
    """See the module. `on_exit` is told of ends, `on_connect` of each connection (events may have been missed before it).

    Both are called on the reading thread.
    """

    def __init__(self, layout: Layout, on_exit: Callable[[str], None], on_connect: Callable[[], None]) -> None:
        self._layout = layout
        self._on_exit, self._on_connect = on_exit, on_connect
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[Future[Any], socket.socket]] = {}
        self._peer: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._ending = False

    @property
    def connected(self) -> bool:
        return self._peer is not None

    def ask(self, operation: str, *, timeout: float = TIMEOUT, **arguments: Any) -> Any:
        """The answer to a request.

        :raises SupervisorRefusal: it could not be done.
        :raises RuntimeFault: no supervisor can be had, or it does not answer.
        """
        deadline = time.monotonic() + TIMEOUT
        while True:
            number, future = next(self._numbers), Future[Any]()
            peer = self._connected()
            self._waiting[number] = (future, peer)
            line = json.dumps({"id": number, "op": operation, **arguments}).encode() + b"\n"
            try:
                with self._sending:
                    peer.sendall(line)
                return future.result(timeout)
            except TimeoutError:
                raise RuntimeFault(f"the supervisor of the process runtime did not answer {operation!r}") from None
            except OSError as error:
                # It was killed under us. Every request may be made again: what was done is seen in the records.
                self._discard(peer)
                if time.monotonic() > deadline:
                    raise RuntimeFault(f"the supervisor of the process runtime went away: {error}") from error
                # One that is being killed still takes connections for a moment.
                time.sleep(0.005)
            finally:
                self._waiting.pop(number, None)

    def shutdown(self) -> None:
        """Have the supervisor end every container and itself, and wait until it is gone."""
        self._ending = True
        pid = self.ask("hello")["pid"]
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(pid)
            try:
                self.ask("shutdown")
                gone = select.poll()
                gone.register(descriptor, select.POLLIN)
                if not gone.poll(TIMEOUT * 1000):
                    raise RuntimeFault(f"the supervisor of the process runtime (process {pid}) does not end")
            finally:
                os.close(descriptor)

    def close(self) -> None:
        """Hang up. The supervisor and what it looks after go on."""
        with self._lock:
            self._closed = True
            peer, self._peer = self._peer, None
        if peer is not None:
            # Wakes the reader, which closes it, if it has not done so already.
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(TIMEOUT)

    def _connected(self) -> socket.socket:
        with self._lock:
            if self._closed:
                raise RuntimeFault("the process runtime is closed")
            if self._peer is None:
                self._peer = self._connect()
                self._thread = threading.Thread(target=self._read, args=(self._peer,), name="process-runtime", daemon=True)
                self._thread.start()
            return self._peer

    def _connect(self) -> socket.socket:
        peer = dial(self._layout.socket)
        if peer is not None:
            return peer
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            start_supervisor(self._layout)
            for _ in range(50):
                if (peer := dial(self._layout.socket)) is not None:
                    return peer
                time.sleep(0.01)
        raise RuntimeFault(f"the supervisor of the process runtime does not listen; see {self._layout.log}")

    def _read(self, peer: socket.socket) -> None:
        # With the answer to this we are known there, and every later end is told; so `on_connect` looks after it.
        with contextlib.suppress(OSError), self._sending:
            peer.sendall(b'{"id": 0, "op": "hello"}\n')
        received = b""
        while True:
            try:
                data = peer.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                break
            *lines, received = (received + data).split(b"\n")
            for line in lines:
                self._told(json.loads(line))
        self._lost(peer)

    def _told(self, message: dict[str, Any]) -> None:
        if message.get("event") == "exit":
            self._on_exit(message["container"])
            return
        if message["id"] == 0:
            self._on_connect()
            return
        future, _ = self._waiting.get(message["id"], (None, None))
        if future is None:
            return
        if "error" in message:
            future.set_exception(SupervisorRefusal(message["error"]))
        else:
            future.set_result(message["result"])

    def _discard(self, peer: socket.socket) -> None:
        """Nobody is to be given this connection any more."""
        with self._lock:
            if self._peer is peer:
                self._peer = None

    def _lost(self, peer: socket.socket) -> None:
        self._discard(peer)
        closed = self._closed or self._ending
        # Only now, when nobody can be given it any more; whoever has it gets an error and asks again.
        peer.close()
        for future, asked in list(self._waiting.values()):
            if asked is peer and not future.done():
                future.set_exception(ConnectionResetError("the connection ended"))
        if not closed:
            _log.warning("the supervisor of the process runtime is gone; another one takes its containers up again")
            try:
                self._connected()
            except RuntimeFault as fault:
                _log.warning("%s", fault)


def dial(path: Path) -> socket.socket | None:
    """A connection, or None where nobody listens."""
    try:
        directory = os.open(path.parent, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # As in the supervisor: through the directory's descriptor no path is too long for a unix socket.
        peer.connect(f"/proc/self/fd/{directory}/{path.name}")
    except (FileNotFoundError, ConnectionRefusedError):
        peer.close()
        return None
    finally:
        os.close(directory)
    return peer


def start_supervisor(layout: Layout) -> None:
    """Start one and wait until it listens; a no-op where one serves the directory already.

    :raises RuntimeFault: it could not be started.
    """
    # -I and -S leave out the environment's and the site's additions: the supervisor starts fast and stays small.
    command = [sys.executable, "-I", "-S", str(SUPERVISOR), str(layout.directory)]
    with layout.log.open("ab") as log:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, check=False)
    if ended.returncode != 0:
        raise RuntimeFault(f"the supervisor of the process runtime could not be started; see {layout.log}")
