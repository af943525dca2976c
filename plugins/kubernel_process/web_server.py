"""The web server that stands in for nginx and httpd: static files or a welcome page, on the pod's own address.

Run by path (`python -I -S web_server.py PRODUCT PAGE ROOT [-- IGNORED...]`) and made of the standard library's lightest parts, so
that a replica costs some ten megabytes. One loop serves all connections and keeps them alive. On TERM it goes on answering for a
moment, telling every client to close, until who sends it requests has heard that the pod is leaving; then it stops accepting,
finishes what is under way and ends.

Environment: KUBERNEL_POD_IP and PORT say where to listen. Without PORT it is the port that the container declares first
(KUBERNEL_CONTAINER_PORT); where it declares none, port 80, or 8080 where this host gives port 80 to root only. What a pod asks
for is never replaced: a declared port that cannot be had ends the container, and its termination message says why.
KUBERNEL_MOUNT_<ROOT> is set where a volume is mounted at ROOT, whose files are then served in place of the welcome page.
"""

import os
import selectors
import signal
import socket
import sys
import time
from pathlib import Path
from typing import NamedTuple, NoReturn

USUAL_PORT, UNPRIVILEGED_PORT = 80, 8080
LONGEST_HEAD = 16 * 1024
IDLE = 75.0
LEAVING = 0.5
"""Seconds after TERM in which new connections are still answered."""
FINISHING = 25.0
"""Seconds after TERM in which answers under way may be finished."""

PAGES = {
    "nginx": (
        "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n"
        "<p>This page comes from the web server that stands in for nginx in this cluster. It runs, and it waits for its "
        "files: mount a volume at /usr/share/nginx/html.</p>\n</body>\n</html>\n"
    ),
    "httpd": "<html><body><h1>It works!</h1></body></html>\n",
}
TYPES = {
    "html": "text/html",
    "htm": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "json": "application/json",
    "txt": "text/plain",
    "xml": "text/xml",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "ico": "image/x-icon",
    "wasm": "application/wasm",
}
PHRASES = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Not Allowed", 431: "Header Too Large"}


class CannotListenError(Exception):
    """The server's address cannot be had; the message says why, and what to do."""


class NoPrivilegeError(CannotListenError):
    """The port is for root only."""


class Answer(NamedTuple):
    """A status, and its body: bytes, or a file of so many bytes."""

    status: int
    kind: str
    body: bytes = b""
    file: int = -1
    size: int = 0


class Connection:
    """One client."""

    def __init__(self, peer: socket.socket, host: str) -> None:
        self.peer, self.host = peer, host
        self.received = b""
        self.skip = 0
        """Bytes of a request's body that are still to come and nobody wants."""
        self.pending = b""
        self.file, self.offset, self.left = -1, 0, 0
        self.close_after = False
        self.since = time.monotonic()

    @property
    def busy(self) -> bool:
        return bool(self.pending) or self.left > 0


class WebServer:
    """See the module."""

    def __init__(self, product: str, page: str, root: Path | None, listener: socket.socket) -> None:
        self._product, self._page, self._root = product, page, root
        self._pod = os.environ.get("KUBERNEL_POD_NAME") or socket.gethostname()
        self._listener: socket.socket | None = listener
        self._selector = selectors.DefaultSelector()
        self._connections: set[Connection] = set()
        self._log: list[str] = []
        self._leave_at = float("inf")
        self._end_at = float("inf")

    def leave(self) -> None:
        """Begin the end."""
        if self._leave_at == float("inf"):
            self._leave_at = time.monotonic() + LEAVING
            self._end_at = time.monotonic() + FINISHING

    def run(self, wake: int) -> None:
        """Serve until `leave` was called and everything is answered. `wake` becomes readable when a signal has come."""
        assert self._listener is not None
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(wake, selectors.EVENT_READ)
        while self._listener is not None or (self._connections and time.monotonic() < self._end_at):
            for key, events in self._selector.select(self._timeout()):
                if isinstance(key.data, Connection):
                    self._serve(key.data, events)
                elif key.fd == wake:
                    os.read(wake, 4096)
                else:
                    self._accept()
            self._tick()
            self._write_log()

    def _timeout(self) -> float:
        return max(0.0, min(self._leave_at - time.monotonic(), 5.0)) if self._listener is not None else 0.05

    def _tick(self) -> None:
        now = time.monotonic()
        for connection in [c for c in self._connections if not c.busy and now - c.since > IDLE]:
            self._drop(connection)
        if self._listener is not None and now >= self._leave_at:
            # Who is in the queue already was told that we are here.
            self._accept()
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None
        if self._listener is None:
            for connection in [c for c in self._connections if not c.busy and not c.received]:
                self._drop(connection)

    def _accept(self) -> None:
        assert self._listener is not None
        while True:
            try:
                peer, address = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            peer.setblocking(False)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(peer, address[0])
            self._connections.add(connection)
            self._selector.register(peer, selectors.EVENT_READ, connection)

    def _drop(self, connection: Connection) -> None:
        if connection.file >= 0:
            os.close(connection.file)
        self._connections.discard(connection)
        self._selector.unregister(connection.peer)
        connection.peer.close()

    def _serve(self, connection: Connection, events: int) -> None:
        connection.since = time.monotonic()
        try:
            if events & selectors.EVENT_READ:
                data = connection.peer.recv(1 << 16)
                if not data:
                    self._drop(connection)
                    return
                connection.received += data
            self._advance(connection)
        except BlockingIOError:
            return
        except OSError:
            self._drop(connection)

    def _advance(self, connection: Connection) -> None:
        while True:
            if connection.busy and not self._send(connection):
                self._selector.modify(connection.peer, selectors.EVENT_WRITE, connection)
                return
            if connection.close_after:
                self._drop(connection)
                return
            if not self._next_request(connection):
                self._selector.modify(connection.peer, selectors.EVENT_READ, connection)
                return

    def _send(self, connection: Connection) -> bool:
        """Send what can be sent; whether that was all."""
        try:
            while connection.pending:
                connection.pending = connection.pending[connection.peer.send(connection.pending) :]
            while connection.left:
                sent = os.sendfile(connection.peer.fileno(), connection.file, connection.offset, min(connection.left, 1 << 20))
                if sent == 0:  # the file became shorter: what was promised cannot be kept
                    raise ConnectionAbortedError
                connection.offset += sent
                connection.left -= sent
        except BlockingIOError:
            return False
        if connection.file >= 0:
            os.close(connection.file)
            connection.file = -1
        return True

    def _next_request(self, connection: Connection) -> bool:
        """Take a whole request from what was received and prepare its answer; False where there is none."""
        skipped = min(connection.skip, len(connection.received))
        connection.received, connection.skip = connection.received[skipped:], connection.skip - skipped
        head, end, rest = connection.received.partition(b"\r\n\r\n")
        if not end:
            if len(head) <= LONGEST_HEAD:
                return False
            self._answer(connection, "-", "GET", Answer(431, "text/html"), {}, keep=False)
            return True
        connection.received = rest
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if len(words) != 3 or not words[2].startswith("HTTP/1.") or not headers.get("content-length", "0").isdigit():
            self._answer(connection, first, "GET", Answer(400, "text/html"), headers, keep=False)
            return True
        method, target, version = words
        connection.skip = int(headers.get("content-length", "0"))
        asked = headers.get("connection", "").lower()
        keep = (asked != "close") if version == "HTTP/1.1" else (asked == "keep-alive")
        keep = keep and "transfer-encoding" not in headers and self._leave_at == float("inf")
        found = self._find(target) if method in ("GET", "HEAD") else Answer(405, "text/html")
        self._answer(connection, first, method, found, headers, keep=keep)
        return True

    def _find(self, target: str) -> Answer:
        path = unquote(target.partition("?")[0])
        if self._root is None:
            known = path in ("/", "/index.html")
            return Answer(200, "text/html", PAGES[self._page].encode()) if known else Answer(404, "text/html")
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if ".." in parts or "\0" in path:
            return Answer(400, "text/html")
        file = self._root.joinpath(*parts)
        if file.is_dir():
            file = file / "index.html"
        try:
            descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        except PermissionError:
            return Answer(403, "text/html")
        except OSError:
            return Answer(403 if file.parent == self._root.joinpath(*parts) and file.parent.is_dir() else 404, "text/html")
        kind = TYPES.get(file.suffix[1:].lower(), "application/octet-stream")
        return Answer(200, kind, file=descriptor, size=os.fstat(descriptor).st_size)

    def _answer(
        self, connection: Connection, first: str, method: str, answer: Answer, headers: dict[str, str], *, keep: bool
    ) -> None:
        status, body, size = answer.status, answer.body, answer.size
        if status >= 400:
            title = f"{status} {PHRASES[status]}"
            body = f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n</body>\n</html>\n".encode()
        size = size if answer.file >= 0 else len(body)
        now = time.time()
        head = (
            f"HTTP/1.1 {status} {PHRASES[status]}\r\nServer: {self._product}\r\n"
            f"Date: {time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(now))}\r\n"
            f"Content-Type: {answer.kind}\r\nContent-Length: {size}\r\n"
            f"Connection: {'keep-alive' if keep else 'close'}\r\nX-Pod: {self._pod}\r\n\r\n"
        )
        connection.pending = head.encode() + (body if method != "HEAD" else b"")
        if answer.file >= 0:
            connection.file, connection.offset, connection.left = answer.file, 0, size if method != "HEAD" else 0
        connection.close_after = not keep
        agent, referrer = headers.get("user-agent", "-"), headers.get("referer", "-")
        stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now))
        line = f'{connection.host} - - [{stamp}] "{first}" {status} {size}'
        self._log.append(f'{line} "{referrer}" "{agent}"\n' if self._page == "nginx" else f"{line}\n")

    def _write_log(self) -> None:
        if self._log:
            os.write(1, "".join(self._log).encode(errors="replace"))
            self._log.clear()


def unquote(text: str) -> str:
    """Percent-encoding undone."""
    if "%" not in text:
        return text
    first, *parts = text.encode("latin-1", "replace").split(b"%")
    out = [first]
    for part in parts:
        try:
            out.append(bytes([int(part[:2], 16)]) + part[2:])
        except ValueError:
            out.append(b"%" + part)
    return b"".join(out).decode(errors="replace")


def served_directory(root: str) -> Path | None:
    """Where the files are, or None for the welcome page: what is mounted at `root`, or below it."""
    name = "KUBERNEL_MOUNT_" + "".join(c if c.isalnum() else "_" for c in root.strip("/")).upper()
    if name in os.environ:
        return Path(os.environ[name])
    below = any(key.startswith(f"{name}_") for key in os.environ)
    return Path(root) if below and os.environ.get("KUBERNEL_MOUNT_PATHS") == "true" else None


def listen_anywhere(address: str) -> tuple[socket.socket, str]:
    """Listen where the container asks for it, or on a usual port where it asks for nothing; gives a remark for the log too.

    :raises CannotListenError: the address cannot be had.
    """
    asked = os.environ.get("PORT") or os.environ.get("KUBERNEL_CONTAINER_PORT")
    if asked:
        if not asked.isdigit() or not 0 < int(asked) < 65536:
            raise CannotListenError(f"PORT must be a port number, found {asked!r}")
        return listen(address, int(asked)), ""
    try:
        return listen(address, USUAL_PORT), ""
    except NoPrivilegeError:
        return listen(address, UNPRIVILEGED_PORT), f"; port {USUAL_PORT} is for root only here, and the container declares none"


def listen(address: str, port: int) -> socket.socket:
    """
    :raises CannotListenError: the address cannot be had.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except PermissionError as error:
        listener.close()
        lowest = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text().strip()
        raise NoPrivilegeError(
            f"cannot listen on {address}:{port}: this host gives ports below {lowest} (net.ipv4.ip_unprivileged_port_start) to "
            "root only; give the container a higher one as its first `containerPort` or as environment variable PORT, or lower "
            "that setting"
        ) from error
    except OSError as error:
        listener.close()
        raise CannotListenError(f"cannot listen on {address}:{port}: {error.strerror}") from error
    listener.listen(1024)
    listener.setblocking(False)
    return listener


def give_up(sentence: str) -> NoReturn:
    """End with a sentence in the log and as the container's termination message."""
    last_words = os.environ.get("KUBERNEL_VOLUME_TERMINATION_LOG")
    if last_words:
        Path(last_words).write_text(sentence)
    sys.exit(sentence)


def main() -> None:
    product, page, root, *ignored = sys.argv[1:]
    address = os.environ.get("KUBERNEL_POD_IP") or "127.0.0.1"
    try:
        listener, remark = listen_anywhere(address)
    except CannotListenError as error:
        give_up(str(error))
    port = listener.getsockname()[1]
    server = WebServer(product, page, served_directory(root), listener)
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda *_: server.leave())
    if ignored[1:]:
        os.write(2, f"these arguments mean nothing to this stand-in: {' '.join(ignored[1:])}\n".encode())
    os.write(2, f"{product} (a stand-in of this cluster) listens on {address}:{port}{remark}\n".encode())
    server.run(read)


if __name__ == "__main__":
    main()
