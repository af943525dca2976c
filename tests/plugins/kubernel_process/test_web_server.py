"""The web server that stands in for nginx and httpd, over real sockets."""

import contextlib
import http.client
import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubernel.ports.runtime import Mount
from kubernel.testing.contracts.runtime import wait_until
from kubernel_process import web_server
from kubernel_process.processes import read_process


def free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


class Web:
    """A running container of it."""

    def __init__(self, host: Any, image: str, **settings: Any) -> None:
        self.host, self.port = host, free_port(host.address)
        self.container = host.run([], image=image, environment={"PORT": str(self.port)}, **settings)
        wait_until(self.listening, "listening")

    def listening(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((self.host.address, self.port)):
            return True
        return False

    @contextlib.contextmanager
    def client(self) -> Iterator[http.client.HTTPConnection]:
        client = http.client.HTTPConnection(self.host.address, self.port, timeout=60)
        yield client
        client.close()

    def get(self, path: str = "/", method: str = "GET") -> tuple[int, http.client.HTTPMessage, bytes]:
        with self.client() as client:
            client.request(method, path)
            answer = client.getresponse()
            return answer.status, answer.headers, answer.read()


@pytest.fixture
def nginx(host: Any) -> Web:
    return Web(host, "nginx:1.27")


def test_the_welcome_page_comes_with_the_tag_and_the_pods_name(nginx: Web) -> None:
    status, headers, body = nginx.get()
    assert status == 200
    assert headers["Server"] == "nginx/1.27"
    assert headers["X-Pod"] == "web-0"
    assert b"<title>Welcome to nginx!</title>" in body


def test_httpd_has_its_own_page(host: Any) -> None:
    _, headers, body = Web(host, "httpd:2.4").get()
    assert headers["Server"] == "Apache/2.4"
    assert b"It works!" in body


def test_connections_are_kept_and_requests_may_follow_each_other_at_once(nginx: Web) -> None:
    with socket.create_connection((nginx.host.address, nginx.port)) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2 + b"GET /no HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        received = b""
        while piece := peer.recv(65536):
            received += piece
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"200", b"404"]


def test_requests_are_logged(nginx: Web) -> None:
    nginx.get("/hello?x=1")
    wait_until(lambda: any("hello" in line for line in nginx.host.lines()), "the line in the log")
    line = next(line for line in nginx.host.lines() if "hello" in line)
    assert re.match(r'127\.0\.0\.1 - - \[.*\] "GET /hello\?x=1 HTTP/1\.1" 404 \d+ "-"', line)


def test_other_methods_and_nonsense_are_refused(nginx: Web) -> None:
    assert nginx.get("/", "POST")[0] == 405
    assert nginx.get("/", "HEAD")[2] == b""
    with socket.create_connection((nginx.host.address, nginx.port)) as peer:
        peer.sendall(b"nonsense\r\n\r\n")
        assert peer.recv(100).startswith(b"HTTP/1.1 400")
    with socket.create_connection((nginx.host.address, nginx.port)) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 17000)
        assert peer.recv(100).startswith(b"HTTP/1.1 431")


def test_files_of_a_mounted_volume_are_served(host: Any, tmp_path: Path) -> None:
    html = tmp_path / "html"
    (html / "sub").mkdir(parents=True)
    (html / "index.html").write_text("mine")
    (html / "sub" / "a b.css").write_text("css")
    (html / "large.bin").write_bytes(b"x" * 3_000_000)
    web = Web(host, "nginx", mounts=[Mount("html", str(html), "/usr/share/nginx/html")])
    assert web.get()[2] == b"mine"
    status, headers, body = web.get("/sub/a%20b.css")
    assert (status, headers["Content-Type"], body) == (200, "text/css", b"css")
    assert len(web.get("/large.bin")[2]) == 3_000_000
    assert web.get("/sub/")[0] == 403
    assert web.get("/none")[0] == 404
    assert web.get("/../../etc/passwd")[0] == 400
    assert web.get("/%2e%2e/%2e%2e/etc/passwd")[0] == 400


def test_on_term_it_answers_on_for_a_moment_and_then_ends_with_success(nginx: Web) -> None:
    with nginx.client() as kept:
        kept.request("GET", "/")
        kept.getresponse().read()
        nginx.host.runtime.signal(nginx.container, signal.SIGTERM)
        kept.request("GET", "/")
        answer = kept.getresponse()
        assert answer.status == 200
        answer.read()
        status, headers, _ = nginx.get()
        assert (status, headers["Connection"]) == (200, "close")
    assert nginx.host.ended(nginx.container).exit_code == 0
    assert not nginx.listening()


def test_it_is_small(nginx: Web) -> None:
    nginx.get()
    process = read_process(nginx.host.pid(nginx.container))
    assert process is not None
    assert process.resident_pages * os.sysconf("SC_PAGE_SIZE") < 20 << 20


def test_a_port_that_is_taken_is_said_in_the_log(host: Any) -> None:
    with socket.socket() as taken:
        taken.bind((host.address, 0))
        taken.listen()
        port = taken.getsockname()[1]
        container = host.run([], image="nginx", environment={"PORT": str(port)})
        assert host.ended(container).exit_code == 1
        assert any(f"cannot listen on {host.address}:{port}" in line for line in host.lines())


@pytest.fixture
def low_ports_are_for_root(monkeypatch: pytest.MonkeyPatch) -> None:
    class Guarded(socket.socket):
        def bind(self, address: tuple[str, int]) -> None:  # type: ignore[override]
            if address[1] < 1024:
                raise PermissionError(13, "Permission denied")
            super().bind((address[0], 0))

    monkeypatch.setattr(socket, "socket", Guarded)
    monkeypatch.delenv("PORT", raising=False)
    monkeypatch.delenv("KUBERNEL_CONTAINER_PORT", raising=False)


@pytest.mark.usefixtures("low_ports_are_for_root")
def test_a_low_port_without_privileges_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNEL_CONTAINER_PORT", "80")
    with pytest.raises(web_server.CannotListenError, match=r"127\.0\.0\.1:80: .*ip_unprivileged_port_start.*PORT"):
        web_server.listen_anywhere("127.0.0.1")


@pytest.mark.usefixtures("low_ports_are_for_root")
def test_without_privileges_and_without_a_declared_port_it_takes_another_and_says_so() -> None:
    listener, remark = web_server.listen_anywhere("127.0.0.1")
    listener.close()
    assert "port 80 is for root only here" in remark


def test_it_listens_on_the_port_that_the_container_declares_first(host: Any) -> None:
    port = free_port(host.address)
    ports = [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": port}, {"containerPort": 443}]
    host.run([], image="nginx", container={"ports": ports})
    host.printed(f"nginx (a stand-in of this cluster) listens on {host.address}:{port}")


def test_why_it_cannot_listen_becomes_the_termination_message(host: Any, tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.touch()
    mount = Mount("termination-log", str(words), "/dev/termination-log")
    with socket.create_server((host.address, 0)) as taken:
        port = taken.getsockname()[1]
        host.run([], image="nginx", environment={"PORT": str(port)}, mounts=[mount])
        wait_until(
            lambda: words.read_text() == f"cannot listen on {host.address}:{port}: Address already in use", "the last words"
        )
