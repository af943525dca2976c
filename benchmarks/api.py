"""Load on any Kubernetes API server: creates, gets and lists a second, and watch events delivered to many watchers.

    python benchmarks/api.py --kubeconfig ~/.kube/config
    python benchmarks/api.py --rows create,get --connections 1,16,64 --seconds 5
    python benchmarks/api.py --rows list --objects 48000
    python benchmarks/api.py --rows watch --watchers 1000 --seconds 5
    python benchmarks/api.py --server-pid 4711

Objects are ConfigMaps of 600 bytes in a namespace of the run's own, which is deleted afterwards. A connection sends its next
request when the last one is answered. The client is one process on one loop and costs about as much as the server: give it a
processor of its own. Kubernetes' own servers limit a client's requests; start them with those limits raised. With the server's
process id each row also says what a request, or a delivered event, took of its processor time: that can be compared on a machine
that is busy with other things.
"""

import argparse
import asyncio
import secrets
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import orjson
import psutil
import uvloop

from kubernel.client.kubeconfig import ClientConfig, load_kubeconfig

DATA = "x" * 600


@dataclass(frozen=True)
class Target:
    """Where the requests go, and as whom."""

    host: str
    port: int
    context: ssl.SSLContext
    token: str

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAccept: application/json\r\n"
        if self.token:
            head += f"Authorization: Bearer {self.token}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return head.encode() + b"\r\n" + body


class Meter:
    """The processor time of a process, by what was done meanwhile; knows nothing without a process id."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid) if pid else None
        self._before = self._spent()

    def _spent(self) -> float:
        if self._process is None:
            return 0.0
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def each(self, count: float) -> str:
        """What each of so many took since the meter was made."""
        if self._process is None or not count:
            return ""
        return f"  {(self._spent() - self._before) / count * 1e6:,.1f} us of the server's processor time each"


class Caller(asyncio.Protocol):
    """One connection: sends what it is told to and counts whole answers by their content-length."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._wanted = 0
        self._answer: asyncio.Future[bytes] | None = None
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's are none by inheritance

    def call(self, request: bytes) -> "asyncio.Future[bytes]":
        """The whole answer, head and body."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._wanted:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end]).lower()
            at = head.index(b"content-length:") + 15
            self._wanted = end + 4 + int(head[at:].split(b"\r\n", 1)[0])
        if len(self._buffer) >= self._wanted and self._answer is not None:
            whole = bytes(self._buffer)
            self._buffer.clear()
            self._wanted = 0
            if not self._answer.done():
                self._answer.set_result(whole)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server closed the connection"))

    def close(self) -> None:
        self._transport.close()


class Counter(asyncio.Protocol):
    """A watcher that counts events."""

    def __init__(self, request: bytes) -> None:
        self._request, self.events = request, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.events += data.count(b'{"type":"')

    def close(self) -> None:
        self._transport.close()


async def connect(target: Target) -> Caller:
    loop = asyncio.get_running_loop()
    _, caller = await loop.create_connection(Caller, target.host, target.port, ssl=target.context)
    return caller


def check(answer: bytes, *codes: int) -> bytes:
    """The body of an answer with one of these codes."""
    code = int(answer[9:12])
    if code not in codes:
        raise SystemExit(f"the server answered {answer[:600].decode(errors='replace')}")
    return answer.partition(b"\r\n\r\n")[2]


def config_map(name: str, data: str = DATA) -> bytes:
    return orjson.dumps({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}, "data": {"x": data}})


async def rate(target: Target, connections: int, seconds: float, make: Callable[[int], bytes]) -> float:
    """Requests a second over so many connections."""
    numbers = iter(range(1 << 60))
    done = 0
    until = time.perf_counter() + seconds

    async def work(caller: Caller) -> None:
        nonlocal done
        while time.perf_counter() < until:
            check(await caller.call(make(next(numbers))), 200, 201)
            done += 1

    callers = [await connect(target) for _ in range(connections)]
    start = time.perf_counter()
    until = start + seconds
    await asyncio.gather(*(work(caller) for caller in callers))
    spent = time.perf_counter() - start
    for caller in callers:
        caller.close()
    return done / spent


async def create_row(target: Target, path: str, connections: int, seconds: float, pid: int) -> None:
    run = secrets.token_hex(3)
    meter = Meter(pid)
    found = await rate(target, connections, seconds, lambda n: target.request("POST", path, config_map(f"c-{run}-{n}")))
    print(f"create  {connections:4} connections  {found:10,.0f} a second{meter.each(found * seconds)}")


async def get_row(target: Target, path: str, connections: int, seconds: float, pid: int) -> None:
    request = target.request("GET", f"{path}/one")
    meter = Meter(pid)
    found = await rate(target, connections, seconds, lambda _: request)
    print(f"get     {connections:4} connections  {found:10,.0f} a second{meter.each(found * seconds)}")


async def list_row(target: Target, path: str, objects: int) -> None:
    """Fill the namespace up to so many objects, then list them five times."""
    caller = await connect(target)
    have = orjson.loads(check(await caller.call(target.request("GET", f"{path}?limit=1")), 200))
    missing = objects - 1 - have["metadata"].get("remainingItemCount", 0)
    run = secrets.token_hex(3)
    todo = iter(range(max(0, missing)))

    async def fill() -> None:
        filler = await connect(target)
        for number in todo:
            check(await filler.call(target.request("POST", path, config_map(f"l-{run}-{number}"))), 201)
        filler.close()

    await asyncio.gather(*(fill() for _ in range(32)))
    times, size = [], 0
    for _ in range(5):
        start = time.perf_counter()
        size = len(check(await caller.call(target.request("GET", path)), 200))
        times.append(time.perf_counter() - start)
    caller.close()
    print(f"list    {objects:,} objects, {size / 1e6:.1f} MB  {sorted(times)[2]:.3f} s (median of five)")


async def watch_row(target: Target, path: str, watchers: int, seconds: float, pid: int) -> None:
    """So many watchers of one namespace, and writers that change one object in it as fast as they can."""
    request = target.request("GET", f"{path}?watch=true&fieldSelector=metadata.name%3Done&timeoutSeconds=600")
    loop = asyncio.get_running_loop()
    counters = []
    for _ in range(watchers):
        _, counter = await loop.create_connection(lambda: Counter(request), target.host, target.port, ssl=target.context)
        counters.append(counter)
    while any(counter.events == 0 for counter in counters):  # each begins with the object as it is
        await asyncio.sleep(0.05)
    before = sum(counter.events for counter in counters)
    meter = Meter(pid)
    start = time.perf_counter()

    def change(number: int) -> bytes:
        return target.request("PUT", f"{path}/one", config_map("one", f"{number:08}{DATA}"))

    written = await rate(target, 4, seconds, change)
    expected = before + round(written * seconds) * watchers
    deadline = time.perf_counter() + 30
    while sum(counter.events for counter in counters) < expected * 0.999 and time.perf_counter() < deadline:
        await asyncio.sleep(0.01)
    spent = time.perf_counter() - start
    seen = sum(counter.events for counter in counters) - before
    for counter in counters:
        counter.close()
    print(
        f"watch   {watchers:,} watchers  {seen / spent:,.0f} events a second delivered{meter.each(seen)}, {written:,.0f} writes"
    )


def target_of(config: ClientConfig) -> Target:
    address = urlsplit(config.server)
    authority = config.ca_data.decode() if config.ca_data else None
    context = ssl.create_default_context(cadata=authority)
    if config.client_certificate_data:
        with _file(config.client_certificate_data) as certificate, _file(config.client_key_data) as key:
            context.load_cert_chain(certificate, key)
    return Target(address.hostname or "", address.port or 443, context, config.token)


@contextmanager
def _file(data: bytes) -> Iterator[str]:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        yield file.name


async def main(arguments: argparse.Namespace) -> None:
    target = target_of(load_kubeconfig(Path(arguments.kubeconfig).expanduser(), arguments.context))
    namespace = f"bench-{secrets.token_hex(3)}"
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    caller = await connect(target)
    body = orjson.dumps({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": namespace}})
    check(await caller.call(target.request("POST", "/api/v1/namespaces", body)), 201)
    check(await caller.call(target.request("POST", path, config_map("one"))), 201)
    try:
        for row in arguments.rows.split(","):
            for connections in (int(n) for n in arguments.connections.split(",")):
                if row == "create":
                    await create_row(target, path, connections, arguments.seconds, arguments.server_pid)
                elif row == "get":
                    await get_row(target, path, connections, arguments.seconds, arguments.server_pid)
            if row == "list":
                await list_row(target, path, arguments.objects)
            elif row == "watch":
                await watch_row(target, path, arguments.watchers, arguments.seconds, arguments.server_pid)
    finally:
        caller.close()
        caller = await connect(target)
        await caller.call(target.request("DELETE", path))
        await caller.call(target.request("DELETE", f"/api/v1/namespaces/{namespace}"))
        caller.close()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kubeconfig", default="~/.kube/config")
    parser.add_argument("--context", default="", help="a context of the kubeconfig; its current one by default")
    parser.add_argument("--rows", default="create,get,list", help="create, get, list, watch")
    parser.add_argument("--connections", default="1,16,64")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--objects", type=int, default=5000)
    parser.add_argument("--watchers", type=int, default=1000)
    parser.add_argument("--server-pid", type=int, default=0, help="the server's process, if it is on this machine")
    return parser.parse_args()


if __name__ == "__main__":
    uvloop.run(main(arguments()))
