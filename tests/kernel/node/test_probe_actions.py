"""The questions that probes ask, over real sockets."""

import http.server
import socket
import threading
from collections.abc import Iterator

import pytest

from kubernel.node.probes.actions import Target, UnsupportedActionError, action_of
from kubernel.ports.runtime import ExecResult
from kubernel.testing.fake_runtime import FakeRuntime
from kubernel.types.json import Object

CONTAINER: Object = {"name": "main", "ports": [{"name": "web", "containerPort": 0}]}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        seen.append(dict(self.headers))  # before the answer, which is what the test waits for
        status = int(self.path.strip("/") or 200)
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"hi")

    def log_message(self, format: str, *args: object) -> None:
        pass


seen: list[dict[str, str]] = []


@pytest.fixture
def port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def ask(handler: Object, container: Object = CONTAINER, timeout: float = 60) -> tuple[bool | None, str]:
    outcome = action_of(handler, Target(container, "id", "127.0.0.1"), FakeRuntime(), timeout)()
    return outcome.success, outcome.message


@pytest.mark.parametrize(("path", "success"), [("/200", True), ("/302", True), ("/404", False), ("/500", False)])
def test_an_answer_from_200_to_399_is_a_yes(port: int, path: str, success: bool) -> None:
    found, message = ask({"httpGet": {"path": path, "port": port}})
    assert found is success
    if not success:
        assert message == f"HTTP probe failed with statuscode: {path[1:]}"


def test_headers_and_the_names_of_ports(port: int) -> None:
    container = {"name": "main", "ports": [{"name": "web", "containerPort": port}]}
    headers = [{"name": "X-Own", "value": "1"}, {"name": "Host", "value": "example.com"}]
    assert ask({"httpGet": {"port": "web", "httpHeaders": headers}}, container)[0] is True
    assert (seen[-1]["X-Own"], seen[-1]["Host"]) == ("1", "example.com")
    assert seen[-1]["User-Agent"].startswith("kube-probe/")


def test_nobody_there_is_a_no_with_its_reason() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert ask({"httpGet": {"port": port}})[0] is False
    assert "connection refused" in ask({"httpGet": {"port": port}})[1]
    assert "connection refused" in ask({"tcpSocket": {"port": port}})[1]


def test_silence_is_a_no() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        success, message = ask({"httpGet": {"port": silent.getsockname()[1]}}, timeout=0.1)
    assert success is False
    assert "deadline exceeded" in message


def test_a_connection_is_enough_for_a_socket_probe(port: int) -> None:
    assert ask({"tcpSocket": {"port": port}})[0] is True


def test_a_command_says_yes_by_its_exit_code() -> None:
    runtime = FakeRuntime()
    runtime.answers["x"] = ExecResult(3, b"no")
    outcome = action_of({"exec": {"command": ["x"]}}, Target(CONTAINER, "gone", "127.0.0.1"), runtime, 1)()
    assert outcome.success is False
    assert "not running" in outcome.message


def test_what_is_not_offered_is_named() -> None:
    with pytest.raises(UnsupportedActionError, match="does not offer grpc"):
        ask({"grpc": {"port": 1}})
    with pytest.raises(UnsupportedActionError, match="no port named none"):
        ask({"tcpSocket": {"port": "none"}})
