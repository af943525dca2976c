"""Logs: which container, on which node, and what is said when the node is away. The node is a small agent that a test scripts."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from api_world import Api, World, read_raw
from kubernel.api.pki import Pki
from waiting import eventually


@dataclass
class Agent:
    """A node agent's HTTPS endpoint: answers every request with the pieces that it is given, then ends or stays."""

    pki: Pki
    pieces: list[bytes] = field(default_factory=lambda: [b"one\n", b"two\n"])
    status: str = "200 OK"
    stay: bool = False
    targets: list[str] = field(default_factory=list)
    callers: list[str] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.targets.append(head.split()[1].decode())
        subject = dict(pair for part in writer.get_extra_info("peercert")["subject"] for pair in part)
        self.callers.append(subject["commonName"])
        lines = f"HTTP/1.1 {self.status}\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(lines.encode())
        for piece in self.pieces:
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if self.stay:
            await writer.drain()
            await reader.read()
        else:
            writer.write(b"0\r\n\r\n")
        self.left.set()
        writer.close()

    async def serve(self, started: threading.Event, stop: asyncio.Event) -> None:
        pair = self.pki.node("n1", ("127.0.0.1",))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate_path, pair.key_path)
        context.load_verify_locations(self.pki.ca_path)
        context.verify_mode = ssl.CERT_REQUIRED
        server = await asyncio.start_server(self.answer, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await stop.wait()
        server.close()


@contextmanager
def serving(agent: Agent) -> Iterator[Agent]:
    started, loops = threading.Event(), []
    stop = asyncio.Event()

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        await agent.serve(started, stop)

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert started.wait(60)
    try:
        yield agent
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join()


def make_node(api: Api, name: str, port: int) -> None:
    api.delete(f"/api/v1/nodes/{name}")
    status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
    }
    assert api.post("/api/v1/nodes", {"metadata": {"name": name}}).status == 201
    assert api.patch(f"/api/v1/nodes/{name}/status", {"status": status}).status == 200


def make_pod(api: Api, namespace: str, *containers: str, node: str = "n1", init: tuple[str, ...] = ()) -> str:
    spec: dict[str, object] = {"containers": [{"name": name, "image": "busybox"} for name in containers]}
    if init:
        spec["initContainers"] = [{"name": name, "image": "busybox"} for name in init]
    if node:
        spec["nodeName"] = node
    assert api.post(f"/api/v1/namespaces/{namespace}/pods", {"metadata": {"name": "p"}, "spec": spec}).status == 201
    return f"/api/v1/namespaces/{namespace}/pods/p/log"


@pytest.fixture
def agent(world: World) -> Iterator[Agent]:
    with serving(Agent(world.pki)) as agent:
        make_node(world.admin, "n1", agent.port)
        yield agent


def test_logs_come_from_the_node_of_the_pod(api: Api, namespace: str, agent: Agent) -> None:
    path = make_pod(api, namespace, "main")
    reply = api.get(path)
    assert (reply.status, reply.body) == (200, b"one\ntwo\n")
    assert reply.headers["content-type"] == "text/plain"
    assert agent.targets == [f"/containerLogs/{namespace}/p/main"]
    assert agent.callers == ["kube-apiserver-kubelet-client"]


def test_what_is_asked_for_is_passed_on(api: Api, namespace: str, agent: Agent) -> None:
    path = make_pod(api, namespace, "main")
    query = "timestamps=true&tailLines=5&limitBytes=100&previous=true&sinceTime=2026-01-02T03:04:05Z"
    assert api.get(f"{path}?{query}").status == 200
    target = agent.targets[0].partition("?")[2]
    assert target == "previous=true&timestamps=true&tailLines=5&limitBytes=100&sinceTime=2026-01-02T03%3A04%3A05Z"


def test_a_followed_log_streams_and_ends_when_the_client_leaves(api: Api, namespace: str, agent: Agent) -> None:
    agent.stay = True
    path = make_pod(api, namespace, "main")
    with api.open(f"{path}?follow=true") as response:
        assert [response.readline(), response.readline()] == [b"one\n", b"two\n"]
        assert not agent.left.is_set()
    assert agent.left.wait(60)


def test_a_node_is_let_go_when_nobody_takes_its_log(api: Api, namespace: str, agent: Agent) -> None:
    agent.stay = True
    path = make_pod(api, namespace, "main")
    assert api.call("HEAD", path).status == 200
    assert agent.left.wait(60)
    agent.left.clear()
    with api.raw() as stream:
        stream.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        assert read_raw(stream).status == 400
    assert agent.left.wait(60)


def test_a_large_log_arrives_whole(api: Api, namespace: str, agent: Agent) -> None:
    agent.pieces = [b"x" * 100_000 + b"\n" for _ in range(50)]
    assert api.get(make_pod(api, namespace, "main")).body == b"".join(agent.pieces)


def test_the_connection_serves_on_after_a_log(api: Api, namespace: str, agent: Agent) -> None:
    path = make_pod(api, namespace, "main")
    with api.raw() as stream:
        for _ in range(2):
            stream.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert read_raw(stream).body == b"one\ntwo\n"


def test_a_node_that_says_no_is_repeated(api: Api, namespace: str, agent: Agent) -> None:
    agent.status = "400 Bad Request"
    agent.pieces = [b'container "main" in pod "p" is waiting to start: ContainerCreating\n']
    reply = api.get(make_pod(api, namespace, "main"))
    assert (reply.status, reply.reason) == (400, "BadRequest")
    assert reply.message == 'container "main" in pod "p" is waiting to start: ContainerCreating'


@pytest.mark.parametrize(("status", "code"), [("404 Not Found", 404), ("500 Oops", 500), ("418 Teapot", 500)])
def test_other_refusals_keep_their_kind(api: Api, namespace: str, agent: Agent, status: str, code: int) -> None:
    agent.status, agent.pieces = status, [b"why"]
    reply = api.get(make_pod(api, namespace, "main"))
    assert (reply.status, reply.message) == (code, "why")


def test_a_container_must_be_named_where_there_are_several(api: Api, namespace: str, agent: Agent) -> None:
    path = make_pod(api, namespace, "a", "b", init=("first",))
    reply = api.get(path)
    words = "a container name must be specified for pod p, choose one of: [a b] or one of the init containers: [first]"
    assert (reply.status, reply.message) == (400, words)
    assert api.get(f"{path}?container=first").status == 200
    assert api.get(f"{path}?container=c").message == "container c is not valid for pod p"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("tailLines=-1", "tailLines must be greater than or equal to 0"),
        ("sinceSeconds=0", "sinceSeconds must be greater than 0"),
        ("sinceTime=yesterday", "sinceTime must be a time"),
        ("sinceSeconds=1&sinceTime=2026-01-02T03:04:05Z", "at most one of sinceTime or sinceSeconds"),
        ("follow=perhaps", "strconv.ParseBool"),
    ],
)
def test_options_that_make_no_sense_are_bad_requests(api: Api, namespace: str, agent: Agent, query: str, words: str) -> None:
    reply = api.get(f"{make_pod(api, namespace, 'main')}?{query}")
    assert reply.status == 400
    assert words in reply.message


def test_a_pod_without_a_node_has_said_nothing(api: Api, namespace: str) -> None:
    reply = api.get(make_pod(api, namespace, "main", node=""))
    assert (reply.status, reply.body) == (200, b"")


def test_a_node_that_is_away_is_named(world: World, api: Api, namespace: str) -> None:
    with serving(Agent(world.pki)) as agent:
        port = agent.port
    make_node(api, "gone", port)
    reply = api.get(make_pod(api, namespace, "main", node="gone"))
    assert (reply.status, reply.reason) == (503, "ServiceUnavailable")
    assert reply.message.startswith(f'node "gone" cannot be reached at 127.0.0.1:{port}: ')


def test_a_node_that_does_not_exist_is_not_found(api: Api, namespace: str) -> None:
    reply = api.get(make_pod(api, namespace, "main", node="nowhere"))
    assert (reply.status, reply.message) == (404, 'nodes "nowhere" not found')


def test_a_node_that_has_not_said_where_it_is(api: Api, namespace: str) -> None:
    api.post("/api/v1/nodes", {"metadata": {"name": "silent"}})
    reply = api.get(make_pod(api, namespace, "main", node="silent"))
    assert (reply.status, reply.message) == (503, 'node "silent" has not said where its agent answers')


def test_an_agent_with_a_foreign_certificate_is_not_believed(
    api: Api, namespace: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serving(Agent(Pki(tmp_path_factory.mktemp("foreign")))) as stranger:
        make_node(api, "stranger", stranger.port)
        reply = api.get(make_pod(api, namespace, "main", node="stranger"))
    assert reply.status == 503
    assert "certificate verify failed" in reply.message


def test_stopping_the_server_ends_followed_logs(world: World, api: Api, namespace: str, agent: Agent) -> None:
    agent.stay = True
    path = make_pod(api, namespace, "main")
    parts, loop = world.server._parts, world.server._loop
    assert parts is not None
    assert loop is not None
    with api.open(f"{path}?follow=true") as response:
        assert [response.readline(), response.readline()] == [b"one\n", b"two\n"]
        loop.call_soon_threadsafe(parts.logs.close)
        assert response.read() == b""
    eventually(agent.left.is_set)
