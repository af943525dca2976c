"""A small world for tests of the API: a server with real TLS on a port of its own, and a client that hides nothing of HTTP."""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernel.api.options import ServerOptions
from kubernel.api.pki import KeyPair, Pki
from kubernel.api.server import ApiServer
from kubernel.machinery.clock import SystemClock
from kubernel.objects import kinds
from kubernel.ports.admission import Admission
from kubernel.registry.registry import Registry
from kubernel.registry.table import ResourceTable
from kubernel.testing.memory_store import MemoryStore
from kubernel.types.json import JSON, Object
from registry_world import CONFIGS, LOCKS, VIEWS, WIDGETS

TOKENS = 'masters-token,root,1,"system:masters"\nnobody-token,nobody,2,"some,others"\n'


@dataclass
class Reply:
    """A whole answer; `headers` has lower-case names."""

    status: int
    headers: Mapping[str, str]
    warnings: Sequence[str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        return str(self.json()["message"])

    @property
    def reason(self) -> str:
        return str(self.json()["reason"])


class WatchStream:
    """The events of a watch, one by one."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.response = response
        self.headers = response.headers

    def next(self) -> Object:
        """The next event; fails when the stream has ended."""
        line = self.response.readline()
        assert line, "the watch has ended"
        event: Object = json.loads(line)
        return event

    def take(self, count: int) -> list[tuple[str, str]]:
        """The kinds and names of the next events."""
        events = [self.next() for _ in range(count)]
        return [(event["type"], event["object"]["metadata"].get("name", "")) for event in events]

    def rest(self) -> list[Object]:
        """What comes until the proper end."""
        return [json.loads(line) for line in self.response]


@dataclass
class Api:
    """A client of one server. Every call is a connection of its own."""

    host: str
    port: int
    context: ssl.SSLContext
    token: str = ""
    timeout: float = 60.0

    def headers(self, more: Mapping[str, str]) -> dict[str, str]:
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        return headers

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self.host, self.port, context=self.context, timeout=self.timeout)

    def call(self, method: str, path: str, body: JSON = None, **headers: str) -> Reply:
        """One request; a dict or list is sent as JSON."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        given = self.headers(headers)
        if data is not None and "Content-Type" not in given:
            given["Content-Type"] = "application/json"
        connection = self.connect()
        try:
            connection.request(method, path, body=data, headers=given)
            return read(connection.getresponse())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: JSON, **headers: str) -> Reply:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: JSON, **headers: str) -> Reply:
        return self.call("PUT", path, body, **headers)

    def patch(self, path: str, body: JSON, kind: str = "merge-patch", **headers: str) -> Reply:
        return self.call("PATCH", path, body, Content_Type=f"application/{kind}+json", **headers)

    def delete(self, path: str, body: JSON = None, **headers: str) -> Reply:
        return self.call("DELETE", path, body, **headers)

    @contextmanager
    def watch(self, path: str, **headers: str) -> Iterator[WatchStream]:
        """A watch that has begun."""
        with self.open(path, **headers) as response:
            assert response.status == 200, response.read()
            yield WatchStream(response)

    @contextmanager
    def open(self, path: str, **headers: str) -> Iterator[http.client.HTTPResponse]:
        """An answer whose body the test reads as it comes."""
        connection = self.connect()
        try:
            connection.request("GET", path, headers=self.headers(headers))
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()

    @contextmanager
    def raw(self) -> Iterator[ssl.SSLSocket]:
        """A connection on which the test says every byte itself."""
        plain = socket.create_connection((self.host, self.port), timeout=self.timeout)
        with self.context.wrap_socket(plain, server_hostname=self.host) as secure:
            yield secure


def read(response: http.client.HTTPResponse) -> Reply:
    """A response, read to its end."""
    names = {name.lower(): value for name, value in response.getheaders()}
    warnings = response.headers.get_all("Warning") or []
    return Reply(response.status, names, warnings, response.read())


def read_raw(stream: ssl.SSLSocket, method: str = "GET") -> Reply:
    """One answer from a raw connection."""
    response = http.client.HTTPResponse(stream, method=method)
    response.begin()
    return read(response)


@dataclass
class World:
    """A server and what it stands on."""

    server: ApiServer
    registry: Registry
    store: MemoryStore
    pki: Pki
    admin: Api

    def client(self, pair: KeyPair | None = None, token: str = "") -> Api:
        """Another client: with a certificate, with a token, or as nobody."""
        return Api(self.server.host, self.server.port, client_context(self.pki, pair), token)

    def config(self, name: str, namespace: str = "default", **data: str) -> Object:
        """Create a config."""
        body = {"metadata": {"name": name}, "data": data}
        reply = self.admin.post(f"/api/v1/namespaces/{namespace}/configs", body)
        assert reply.status == 201, reply.body
        created: Object = reply.json()
        return created


def client_context(pki: Pki, pair: KeyPair | None) -> ssl.SSLContext:
    """TLS that trusts the cluster's CA."""
    context = ssl.create_default_context(cafile=str(pki.ca_path))
    if pair is not None:
        context.load_cert_chain(pair.certificate_path, pair.key_path)
    return context


@contextmanager
def running(
    directory: Path, pki: Pki, *, store: MemoryStore | None = None, admission: Sequence[Admission] = (), **options: Any
) -> Iterator[World]:
    """A server on a memory store, stopped afterwards."""
    tokens = directory / "tokens.csv"
    tokens.write_text(TOKENS)
    store = store or MemoryStore()
    definitions = [*kinds(), CONFIGS, WIDGETS, LOCKS, VIEWS]
    settings = {"service_cidr": "127.96.0.0/16", "pod_cidr": "127.64.0.0/16"}
    registry = Registry(store, ResourceTable(definitions), clock=SystemClock(), admission=admission, options=settings)
    options.setdefault("token_file", tokens)
    server = ApiServer(registry, SystemClock(), ServerOptions(pki=pki, **options))
    server.start()
    try:
        admin = Api(server.host, server.port, client_context(pki, pki.admin()))
        yield World(server, registry, store, pki, admin)
    finally:
        server.stop()
        registry.close()
        store.close()
