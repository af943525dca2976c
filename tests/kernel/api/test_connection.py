"""The shell's manners on a connection: bounds, time limits, keep-alive, pipelining, a clean end."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from api_world import Api, World, read_raw, running
from kubernel.api.connection import Limits
from kubernel.api.pki import Pki
from waiting import eventually

CONFIGS = "/api/v1/namespaces/default/configs"


def request(method: str, path: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: x", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.fixture
def limited(tmp_path: Path, pki: Pki) -> Iterator[Callable[..., World]]:
    """Starts a server that is strict in what the test is about, and patient in all else: the host of the test may be busy."""
    with ExitStack() as stack:
        yield lambda **limits: stack.enter_context(running(tmp_path, pki, limits=Limits(**limits)))


def test_a_connection_serves_many_requests(api: Api) -> None:
    with api.raw() as stream:
        for _ in range(3):
            stream.sendall(request("GET", "/version"))
            reply = read_raw(stream)
            assert reply.status == 200
            assert "connection" not in reply.headers
            assert reply.headers["cache-control"] == "no-cache, private"
            assert reply.headers["date"].endswith("GMT")


def test_a_client_may_ask_for_the_end(api: Api) -> None:
    with api.raw() as stream:
        stream.sendall(request("GET", "/version", b"", "Connection: close"))
        assert read_raw(stream).headers["connection"] == "close"
        assert stream.recv(1) == b""


def test_pipelined_requests_are_answered_in_order(api: Api) -> None:
    with api.raw() as stream:
        body = json.dumps({"metadata": {"generateName": "pipelined-"}}).encode()
        create = request("POST", CONFIGS, body, "Content-Type: application/json")
        stream.sendall(request("GET", "/version") + create + request("GET", "/nothing") + create * 30)
        assert [read_raw(stream).status for _ in range(33)] == [200, 201, 404, *[201] * 30]


def test_a_body_may_come_in_chunks(api: Api) -> None:
    with api.raw() as stream:
        stream.sendall(request("POST", CONFIGS, b"", "Transfer-Encoding: chunked", "Content-Type: application/json"))
        for piece in (b'{"metadata":{"generate', b'Name":"chunked-"}}'):
            stream.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        stream.sendall(b"0\r\n\r\n")
        assert read_raw(stream).status == 201


def test_a_client_that_waits_for_a_go_ahead_gets_it(api: Api) -> None:
    with api.raw() as stream:
        body = b'{"metadata":{"generateName":"expected-"}}'
        head = request("POST", CONFIGS, b"", "Expect: 100-continue", f"Content-Length: {len(body)}")
        stream.sendall(head)
        assert stream.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        stream.sendall(body)
        assert read_raw(stream).status == 201


def test_a_body_of_more_than_3_mib_is_too_large(api: Api) -> None:
    reply = api.post(CONFIGS, b" " * (3 * 1024 * 1024 + 1))
    assert (reply.status, reply.reason) == (413, "RequestEntityTooLarge")
    assert reply.message == "Request entity too large: limit is 3145728"
    assert reply.headers["connection"] == "close"


def test_a_body_that_does_not_say_its_size_is_bounded_too(limited: Callable[..., World]) -> None:
    with limited(body_bytes=10_000).admin.raw() as stream:
        stream.sendall(request("POST", CONFIGS, b"", "Transfer-Encoding: chunked"))
        for _ in range(11):
            stream.sendall(b"3e8\r\n%s\r\n" % (b" " * 1000))
        assert read_raw(stream).status == 413


def test_an_object_larger_than_the_store_takes_is_too_large(api: Api) -> None:
    reply = api.post(CONFIGS, {"metadata": {"name": "huge"}, "data": {"x": "y" * (2 << 20)}})
    assert (reply.status, reply.reason) == (413, "RequestEntityTooLarge")


def test_headers_are_bounded(limited: Callable[..., World]) -> None:
    with limited(head_bytes=2000).admin.raw() as stream:
        stream.sendall(request("GET", "/version", b"", f"X-Long: {'x' * 3000}"))
        reply = read_raw(stream)
        assert reply.status == 431
        assert reply.json()["kind"] == "Status"


def test_headers_without_end_are_bounded(limited: Callable[..., World]) -> None:
    # It closes while the client still talks, which may cost the client the answer.
    with limited(head_bytes=2000, body_bytes=10_000).admin.raw() as stream, suppress(ConnectionError, ssl.SSLError):
        for piece in (b"GET /version HTTP/1.1\r\nX-Long: ", *[b"x" * 10_000] * 20):
            stream.sendall(piece)
        assert stream.recv(100).startswith(b"HTTP/1.1 431 ")


def test_a_header_repeated_without_end_is_refused_at_once(api: Api) -> None:
    with api.raw() as stream:
        stream.sendall(b"GET /version HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 200_000)
        assert stream.recv(100).startswith(b"HTTP/1.1 431 ")


def test_what_is_not_http_is_a_bad_request(api: Api) -> None:
    with api.raw() as stream:
        stream.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        reply = read_raw(stream)
        assert reply.status == 400
        assert reply.message.startswith("the request is not valid HTTP")


def test_a_body_that_does_not_come_times_out(limited: Callable[..., World]) -> None:
    with limited(body_seconds=0.2).admin.raw() as stream:
        stream.sendall(request("POST", CONFIGS, b"", "Content-Length: 100") + b"{")
        reply = read_raw(stream)
        assert reply.status == 408
        assert reply.message == "the request did not arrive in time"


def test_idle_connections_are_closed(limited: Callable[..., World]) -> None:
    with limited(idle_seconds=0.2).admin.raw() as stream:
        stream.sendall(request("GET", "/version"))
        assert read_raw(stream).status == 200
        assert stream.recv(1) == b""


def test_a_client_that_takes_nothing_is_cut_off(limited: Callable[..., World]) -> None:
    world = limited(write_seconds=0.5)
    for number in range(60):
        body = {"metadata": {"name": f"n{number}"}, "data": {"x": "y" * 9000}}
        assert world.admin.post(CONFIGS, body).status == 201
    with world.admin.raw() as stream:
        stream.sendall(request("GET", CONFIGS) * 15)
        # Nothing is read meanwhile; the server fills what the two systems buffer and then gives up.
        eventually(lambda: _connections(world) == 1, what="the slow client's connection closed")


def _connections(world: World) -> int:
    """The connections of the server, that of this question among them."""
    listener = world.server._listener
    assert listener is not None
    return len(listener.server_state.connections) + 1


def test_websocket_upgrades_are_answered_as_plain_requests(api: Api) -> None:
    with api.raw() as stream:
        stream.sendall(request("GET", "/version", b"", "Connection: Upgrade", "Upgrade: websocket"))
        assert read_raw(stream).headers["connection"] == "close"


def test_stopping_ends_watches_properly_and_finishes_writes(tmp_path: Path, pki: Pki) -> None:
    with running(tmp_path, pki) as world:
        api = world.admin
        api.get(CONFIGS)
        with api.watch(f"{CONFIGS}?watch=true") as watch:
            world.store.hold_commits()
            replies: list[int] = []
            body = {"metadata": {"name": "late"}}
            writer = threading.Thread(target=lambda: replies.append(api.post(CONFIGS, body).status))
            writer.start()
            eventually(lambda: world.server._parts is not None and world.server._parts.shell.in_flight == 1)
            stopper = threading.Thread(target=world.server.stop)
            stopper.start()
            assert watch.rest() == []
            world.store.release_commits()
            writer.join()
            stopper.join()
            assert replies == [201]
    with pytest.raises(OSError, match="refused"):
        api.get("/version")


def test_options_say_what_is_allowed(api: Api) -> None:
    reply = api.call("OPTIONS", "/version")
    assert reply.status == 200
    assert "GET" in reply.headers["allow"]
