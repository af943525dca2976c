"""What the user-space proxy carries: connections a second, round trips, and bytes a second, against going there directly.

    python benchmarks/proxy.py [SECONDS]

Client and server are processes of their own, so that only the proxy's work is on the proxy's processor.
"""

import asyncio
import multiprocessing
import socket
import sys
import time
from typing import cast

import uvloop

from kubernel.ports.proxy import Backend, ServicePort
from kubernel.testing.loopback import fresh_address
from kubernel_proxy.config import ProxyConfig
from kubernel_proxy.proxy import UserspaceProxy

PORT = 8080
CHUNK = b"x" * 262_144


class Server(asyncio.Protocol):
    """Answers each short message by itself, and swallows long ones."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if len(data) < 1000:
            self._transport.write(data)


def serve(address: str) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Server, address, PORT, backlog=1024)
        await server.serve_forever()

    uvloop.run(run())


def connections(address: str, seconds: float) -> float:
    """One after the other: connect, ask, hear the answer, close."""
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        with socket.create_connection((address, PORT)) as sock:
            sock.sendall(b"hello")
            sock.recv(100)
        count += 1
    return count / seconds


def round_trips(address: str, seconds: float) -> float:
    """Microseconds of one question and answer on an open connection."""
    count, end = 0, time.perf_counter() + seconds
    with socket.create_connection((address, PORT)) as sock:
        while time.perf_counter() < end:
            sock.sendall(b"hello")
            sock.recv(100)
            count += 1
    return seconds / count * 1e6


def bulk(address: str, seconds: float) -> float:
    """Gigabytes a second in one direction over one connection."""
    sent, end = 0, time.perf_counter() + seconds
    with socket.create_connection((address, PORT)) as sock:
        while time.perf_counter() < end:
            sock.sendall(CHUNK)
            sent += len(CHUNK)
    return sent / seconds / 1e9


def main(seconds: float) -> None:
    backend, service = fresh_address(), fresh_address()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(backend,), daemon=True)
    server.start()
    while True:
        try:
            socket.create_connection((backend, PORT)).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.02)
    proxy = UserspaceProxy(ProxyConfig())
    proxy.start()
    proxy.apply([ServicePort("default", "bench", "", "TCP", PORT, (service,), (Backend(backend, PORT),))])
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        for name, address in (("directly", backend), ("proxied", service)):
            print(f"{name:9} {pool.apply(connections, (address, seconds)):10,.0f} connections/s (one client)", end="")
            print(f" {pool.apply(round_trips, (address, seconds)):8.1f} us a round trip", end="")
            print(f" {pool.apply(bulk, (address, seconds)):6.2f} GB/s")
    rules = [
        ServicePort("default", f"s{n}", "", "TCP", 80, (f"127.111.{n // 200}.{n % 200 + 1}",), (Backend("127.0.0.1", 9),))
        for n in range(5000)
    ]
    for name, wanted in (("5,000 new services", rules), ("the same again", rules), ("none", [])):
        began = time.perf_counter()
        problems = proxy.apply(wanted)
        print(f"apply, {name}: {(time.perf_counter() - began) * 1000:.1f} ms, {len(problems)} problems")
    proxy.close()
    server.terminate()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
