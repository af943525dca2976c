"""The user-space proxy on real sockets, with what is its own beyond the contract."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from kubernel.ports.proxy import Backend, Proxy, ServicePort
from kubernel.testing.answering_servers import PORT, AnsweringServer, answering, ask, ask_udp
from kubernel.testing.contracts.proxy import ProxyTrafficContract, backend, rule
from kubernel.testing.loopback import fresh_address
from kubernel_proxy.config import ProxyConfig
from kubernel_proxy.proxy import UserspaceProxy
from waiting import eventually


@pytest.fixture
def proxy() -> Iterator[UserspaceProxy]:
    proxy = UserspaceProxy(ProxyConfig(node_name="node-a"))
    proxy.start()
    yield proxy
    proxy.close()


class TestUserspaceProxy(ProxyTrafficContract):
    @pytest.fixture
    def proxy(self) -> Proxy:
        return UserspaceProxy(ProxyConfig(node_name="node-a"))


def test_requests_in_turn_are_spread_exactly(proxy: UserspaceProxy) -> None:
    address = fresh_address()
    with answering("a", "b", "c") as servers:
        proxy.apply([rule(address, *map(backend, servers))])
        assert Counter(ask(address) for _ in range(9)) == {"a": 3, "b": 3, "c": 3}


def test_a_backend_that_refuses_is_replaced_by_another(proxy: UserspaceProxy) -> None:
    address = fresh_address()
    with answering("a") as (server,):
        proxy.apply([rule(address, Backend(fresh_address(), 9), backend(server), Backend(fresh_address(), 9))])
        assert {ask(address) for _ in range(6)} == {"a"}


def test_a_client_is_reset_when_all_backends_refuse(proxy: UserspaceProxy) -> None:
    address = fresh_address()
    proxy.apply([rule(address, Backend(fresh_address(), 9), Backend(fresh_address(), 9))])
    with pytest.raises(ConnectionResetError):
        ask(address)


def test_a_backend_that_resets_before_any_byte_is_replaced(proxy: UserspaceProxy) -> None:
    """A connection may still wait in the backlog of a server that ends: nobody has seen it there."""
    address, ending = fresh_address(), fresh_address()
    with answering("a") as (server,), socket.socket() as listener:
        listener.bind((ending, PORT))
        listener.listen()
        proxy.apply([rule(address, Backend(ending, PORT), backend(server))])
        with socket.create_connection((address, PORT), 60) as client:
            assert client.getpeername() == (address, PORT)
            listener.settimeout(60)
            accepted, _ = listener.accept()
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            accepted.close()
            listener.close()
            client.sendall(b"hello")
            assert client.recv(100) == b"a hello"


def test_a_backend_that_resets_in_the_middle_is_not_replaced(proxy: UserspaceProxy) -> None:
    address, failing = fresh_address(), fresh_address()
    with answering("a") as (server,), socket.socket() as listener:
        listener.bind((failing, PORT))
        listener.listen()
        listener.settimeout(60)
        proxy.apply([rule(address, Backend(failing, PORT), backend(server))])
        with socket.create_connection((address, PORT), 60) as client:
            client.sendall(b"hello")
            accepted, _ = listener.accept()
            assert accepted.recv(100) == b"hello"
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            accepted.close()
            with pytest.raises(ConnectionResetError):
                client.recv(100)
        assert server.connections == 0


def test_a_reset_of_the_client_reaches_the_backend(proxy: UserspaceProxy) -> None:
    address, serving = fresh_address(), fresh_address()
    with socket.socket() as listener:
        listener.bind((serving, PORT))
        listener.listen()
        listener.settimeout(60)
        proxy.apply([rule(address, Backend(serving, PORT))])
        client = socket.create_connection((address, PORT), 60)
        client.sendall(b"x")
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.recv(10) == b"x"
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            client.close()
            accepted.settimeout(60)
            with pytest.raises(ConnectionResetError):
                accepted.recv(10)


def test_the_server_may_speak_first_and_end_first(proxy: UserspaceProxy) -> None:
    address, serving = fresh_address(), fresh_address()
    with socket.socket() as listener:
        listener.bind((serving, PORT))
        listener.listen()
        listener.settimeout(60)
        proxy.apply([rule(address, Backend(serving, PORT))])
        with socket.create_connection((address, PORT), 60) as client:
            accepted, _ = listener.accept()
            with accepted:
                accepted.sendall(b"welcome")
                accepted.shutdown(socket.SHUT_WR)
                assert client.recv(100) == b"welcome"
                assert client.recv(100) == b""
                client.sendall(b"still here")
                accepted.settimeout(60)
                assert accepted.recv(100) == b"still here"


def test_a_slow_reader_slows_its_writer_and_loses_nothing(proxy: UserspaceProxy) -> None:
    address = fresh_address()
    payload = bytes(range(256)) * 4096 * 24
    with answering("a") as (server,):
        proxy.apply([rule(address, backend(server))])
        with socket.create_connection((address, PORT), 30) as client:

            def send() -> None:
                client.sendall(payload)
                client.shutdown(socket.SHUT_WR)

            sender = threading.Thread(target=send)
            sender.start()
            heard = bytearray()
            while data := client.recv(20_000):
                heard += data
            sender.join()
    assert bytes(heard) == b"a " + payload


def test_many_connections_are_carried_by_one_thread(proxy: UserspaceProxy) -> None:
    address = fresh_address()
    before = threading.active_count()
    with answering("a", "b") as servers:
        proxy.apply([rule(address, *map(backend, servers))])
        clients = [socket.create_connection((address, PORT), 60) for _ in range(200)]
        for client in clients:
            client.sendall(b"x")
        heard = Counter(client.recv(10) for client in clients)
        assert threading.active_count() == before + len(servers)
        for client in clients:
            client.close()
    assert heard == {b"a x": 100, b"b x": 100}


def test_node_ports_listen_on_the_configured_addresses() -> None:
    node, other = fresh_address(), fresh_address()
    with answering("a") as (server,), closing(UserspaceProxy(ProxyConfig(node_port_addresses=(node, other)))) as proxy:
        proxy.start()
        service = ServicePort("default", "web", "", "TCP", 80, (), (backend(server),), node_port=30080)
        assert list(proxy.apply([service])) == []
        assert ask(node, 30080) == ask(other, 30080) == "a"


def test_local_only_rules_use_this_nodes_backends(proxy: UserspaceProxy) -> None:
    address = fresh_address()
    with answering("here", "there") as (here, there):
        backends = (Backend(here.address, PORT, True, "node-a"), Backend(there.address, PORT, True, "node-b"))
        proxy.apply([ServicePort("default", "web", "", "TCP", PORT, (address,), backends, local_only=True)])
        assert {ask(address) for _ in range(4)} == {"here"}


def test_a_port_of_another_program_is_a_problem_in_plain_words_and_had_later(proxy: UserspaceProxy) -> None:
    address = fresh_address()
    with answering("a") as (server,):
        with socket.socket() as other:
            other.bind((address, PORT))
            other.listen()
            (problem,) = proxy.apply([rule(address, backend(server))])
            assert problem.message == f"cannot listen on {address}:{PORT}: another program on this host uses that port"
        assert list(proxy.apply([rule(address, backend(server))])) == []
        assert ask(address) == "a"


def test_an_address_of_another_host_is_a_problem(proxy: UserspaceProxy) -> None:
    (problem,) = proxy.apply([rule("192.0.2.7", Backend("127.0.0.1", 9))])
    assert "this host does not have the address 192.0.2.7" in problem.message


def test_a_privileged_port_without_privileges_is_explained(proxy: UserspaceProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    class Refusing(socket.socket):
        bind = refuse

    monkeypatch.setattr(socket, "socket", Refusing)
    (problem,) = proxy.apply([ServicePort("default", "web", "", "TCP", 80, ("127.111.0.1",), ())])
    assert "127.111.0.1:80" in problem.message
    assert "CAP_NET_BIND_SERVICE" in problem.message
    assert "ip_unprivileged_port_start" in problem.message


def test_a_datagram_to_a_dead_backend_goes_to_a_living_one(proxy: UserspaceProxy) -> None:
    address = fresh_address()
    with answering("a", protocol="UDP") as (server,):
        proxy.apply([rule(address, Backend(fresh_address(), 9), backend(server), protocol="UDP")])
        assert {ask_udp(address) for _ in range(4)} == {"a"}


def test_datagrams_without_backends_are_refused(proxy: UserspaceProxy) -> None:
    address = fresh_address()
    with answering("a", protocol="UDP") as (server,):
        proxy.apply([rule(address, protocol="UDP")])
        with pytest.raises(ConnectionRefusedError):
            ask_udp(address)
        proxy.apply([rule(address, backend(server), protocol="UDP")])
        assert ask_udp(address) == "a"


def test_where_clients_are_too_many_the_oldest_makes_room() -> None:
    address = fresh_address()
    with answering("a", protocol="UDP") as (server,), closing(UserspaceProxy(ProxyConfig(udp_sessions=2))) as proxy:
        proxy.start()
        proxy.apply([rule(address, backend(server), protocol="UDP")])
        assert [ask_udp(address) for _ in range(5)] == ["a"] * 5


def test_a_silent_client_is_forgotten_and_the_backend_meets_a_new_one() -> None:
    address, serving = fresh_address(), fresh_address()
    with socket.socket(type=socket.SOCK_DGRAM) as server, closing(UserspaceProxy(ProxyConfig(udp_timeout=0.05))) as proxy:
        server.bind((serving, PORT))
        server.settimeout(60)
        proxy.start()
        proxy.apply([rule(address, Backend(serving, PORT), protocol="UDP")])
        with socket.socket(type=socket.SOCK_DGRAM) as client:
            client.connect((address, PORT))
            seen = set()

            def met_twice() -> bool:
                client.send(b"hello")
                seen.add(server.recvfrom(100)[1])
                return len(seen) > 1

            eventually(met_twice, every=0.2, what="a second session of the same client")


def test_a_rolling_change_of_backends_fails_no_request(proxy: UserspaceProxy) -> None:
    """Backends come and go while clients ask without a pause; each goes away right after it left the rule."""
    address = fresh_address()
    servers = [AnsweringServer(f"s{index}") for index in range(2)]
    proxy.apply([rule(address, *map(backend, servers))])
    failures: list[Exception] = []
    asked = Counter[str]()
    done = threading.Event()

    def keep_asking() -> None:
        while not done.is_set():
            try:
                asked[ask(address)] += 1
            except OSError as error:
                failures.append(error)

    clients = [threading.Thread(target=keep_asking) for _ in range(3)]
    for client in clients:
        client.start()
    for index in range(2, 12):
        servers.append(AnsweringServer(f"s{index}"))
        while asked[servers[-2].name] < 3:
            done.wait(0.001)
        proxy.apply([rule(address, *map(backend, servers[1:]))])
        leaving = servers.pop(0)
        while leaving.busy:
            done.wait(0.001)
        leaving.close()
    done.set()
    for client in clients:
        client.join()
    for server in servers:
        server.close()
    assert failures == []
    assert len(asked) >= 11


def test_thousands_of_services_are_applied_and_left_alone_when_they_are_the_same(proxy: UserspaceProxy) -> None:
    base = fresh_address().rsplit(".", 1)[0]
    services = [
        ServicePort("default", f"s{port}", "", "TCP", port, (f"{base}.1",), (Backend("127.0.0.1", 9),))
        for port in range(20_000, 21_000)
    ]
    assert list(proxy.apply(services)) == []
    assert list(proxy.apply(services)) == []
    assert list(proxy.apply(services[:10])) == []
    with socket.socket() as again:
        again.bind((f"{base}.1", 20_999))


def test_rules_before_the_start_or_after_the_end_are_an_error() -> None:
    proxy = UserspaceProxy(ProxyConfig())
    with pytest.raises(RuntimeError, match="not running"):
        proxy.apply([])
    proxy.close()
