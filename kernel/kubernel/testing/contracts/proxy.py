"""What every proxy promises: `ProxyContract` about its rules, `ProxyTrafficContract` about the bytes as well.

Subclass and give the fixture `proxy`: a new proxy that is not started yet; the suite closes it. Where the range of loopback
that the suite draws addresses from does not do, override the fixture `address`.
"""

import contextlib
import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from kubernel.ports.proxy import Backend, Proxy, ServicePort
from kubernel.testing.answering_servers import PORT, AnsweringServer, answering, ask, ask_udp
from kubernel.testing.loopback import fresh_address


def rule(address: str, *backends: Backend, protocol: str = "TCP", affinity: int = 0, name: str = "web") -> ServicePort:
    """A rule for one address."""
    return ServicePort("default", name, "http", protocol, PORT, (address,), tuple(backends), affinity_seconds=affinity)


def backend(server: AnsweringServer, *, ready: bool = True) -> Backend:
    """The backend that a test server is."""
    return Backend(server.address, server.port, ready)


class ProxyContract:
    """Promises about rules, for fakes too."""

    @pytest.fixture
    def proxy(self) -> Proxy:
        raise NotImplementedError("give the proxy under test")

    @pytest.fixture
    def address(self) -> str:
        return fresh_address()

    @pytest.fixture
    def started(self, proxy: Proxy) -> Iterator[Proxy]:
        proxy.start()
        yield proxy
        proxy.close()

    def test_capabilities_name_known_protocols(self, proxy: Proxy) -> None:
        assert proxy.capabilities.protocols
        assert proxy.capabilities.protocols <= {"TCP", "UDP", "SCTP"}
        proxy.close()

    def test_rules_that_can_be_had_give_no_problems(self, started: Proxy, address: str) -> None:
        assert list(started.apply([rule(address, Backend("127.0.0.1", 9))])) == []

    def test_the_same_state_again_is_a_no_op(self, started: Proxy, address: str) -> None:
        rules = [rule(address, Backend("127.0.0.1", 9))]
        assert list(started.apply(rules)) == []
        assert list(started.apply(rules)) == []

    def test_a_protocol_that_is_not_offered_is_a_problem_of_its_rule_alone(self, started: Proxy, address: str) -> None:
        odd = rule(address, Backend("127.0.0.1", 9), protocol="DCCP", name="odd")
        problems = started.apply([odd, rule(address, Backend("127.0.0.1", 9))])
        assert [problem.service for problem in problems] == [odd]
        assert "DCCP" in problems[0].message

    def test_an_address_that_two_services_want_goes_to_the_first(self, started: Proxy, address: str) -> None:
        first = rule(address, Backend("127.0.0.1", 9), name="first")
        second = rule(address, Backend("127.0.0.1", 10), name="second")
        problems = started.apply([first, second])
        assert [problem.service for problem in problems] == [second]
        assert "default/first" in problems[0].message

    def test_an_address_that_was_given_up_can_be_had_by_another_service(self, started: Proxy, address: str) -> None:
        started.apply([rule(address, Backend("127.0.0.1", 9), name="first")])
        assert list(started.apply([rule(address, Backend("127.0.0.1", 9), name="second")])) == []

    def test_closing_twice_is_a_no_op(self, proxy: Proxy, address: str) -> None:
        proxy.start()
        proxy.apply([rule(address, Backend("127.0.0.1", 9))])
        proxy.close()
        proxy.close()

    def test_closing_what_was_never_started_is_fine(self, proxy: Proxy) -> None:
        proxy.close()


class ProxyTrafficContract(ProxyContract):
    """Promises about connections, tried with real ones."""

    def test_every_ready_backend_answers_even_to_few_requests(self, started: Proxy, address: str) -> None:
        with answering("a", "b", "c") as servers:
            started.apply([rule(address, *map(backend, servers))])
            assert set(Counter(ask(address) for _ in range(3 * 4))) == {"a", "b", "c"}

    def test_a_backend_that_is_not_ready_gets_no_new_connections(self, started: Proxy, address: str) -> None:
        with answering("a", "b") as (first, second):
            started.apply([rule(address, backend(first), backend(second, ready=False))])
            assert {ask(address) for _ in range(4)} == {"a"}

    def test_a_connection_outlives_the_removal_of_its_backend_from_the_rule(self, started: Proxy, address: str) -> None:
        with answering("old", "new") as (old, new):
            started.apply([rule(address, backend(old))])
            with socket.create_connection((address, PORT), 60) as connection:
                connection.sendall(b"one ")
                assert connection.recv(100) == b"old one "
                started.apply([rule(address, backend(old, ready=False), backend(new))])
                started.apply([rule(address, backend(new))])
                connection.sendall(b"two")
                assert connection.recv(100) == b"two"
            assert ask(address) == "new"

    def test_a_service_without_backends_refuses_at_once_and_serves_again_later(self, started: Proxy, address: str) -> None:
        with answering("a") as (server,):
            started.apply([rule(address)])
            with pytest.raises(ConnectionError):
                ask(address)
            started.apply([rule(address, backend(server))])
            assert ask(address) == "a"
            started.apply([rule(address)])
            with pytest.raises(ConnectionError):
                ask(address)

    def test_a_removed_rule_refuses(self, started: Proxy, address: str) -> None:
        with answering("a") as (server,):
            started.apply([rule(address, backend(server))])
            assert ask(address) == "a"
            started.apply([])
            with pytest.raises(ConnectionError):
                ask(address)

    def test_affinity_keeps_a_client_with_its_backend(self, started: Proxy, address: str) -> None:
        with answering("a", "b", "c") as servers:
            started.apply([rule(address, *map(backend, servers), affinity=600)])
            faithful = {ask(address) for _ in range(6)}
            assert len(faithful) == 1
            rest = [server for server in servers if server.name not in faithful]
            started.apply([rule(address, *map(backend, rest), affinity=600)])
            assert {ask(address) for _ in range(3)} < {server.name for server in rest}

    def test_half_close_reaches_the_backend_and_the_answer_comes_back(self, started: Proxy, address: str) -> None:
        with answering("a") as (server,):
            started.apply([rule(address, backend(server))])
            assert ask(address, text="x" * 300_000) == "a"

    def test_datagrams_are_answered_by_every_backend(self, started: Proxy, address: str) -> None:
        with answering("a", "b", protocol="UDP") as servers:
            started.apply([rule(address, *map(backend, servers), protocol="UDP")])
            assert {ask_udp(address) for _ in range(6)} == {"a", "b"}

    def test_a_client_keeps_its_backend_for_datagrams_until_that_one_goes(self, started: Proxy, address: str) -> None:
        with answering("a", "b", protocol="UDP") as servers, socket.socket(type=socket.SOCK_DGRAM) as client:
            started.apply([rule(address, *map(backend, servers), protocol="UDP")])
            client.settimeout(60)
            client.connect((address, PORT))
            heard = set()
            for _ in range(4):
                client.send(b"x")
                heard.add(client.recv(100).decode().split()[0])
            assert len(heard) == 1
            started.apply([rule(address, *(backend(s) for s in servers if s.name not in heard), protocol="UDP")])
            client.send(b"x")
            assert client.recv(100).decode().split()[0] not in heard

    def test_closing_frees_the_address_and_ends_connections(self, started: Proxy, address: str) -> None:
        with answering("a") as (server,):
            started.apply([rule(address, backend(server))])
            with socket.create_connection((address, PORT), 60) as connection:
                connection.sendall(b"one")
                assert connection.recv(100) == b"a one"
                started.close()
                with contextlib.suppress(ConnectionResetError):
                    assert connection.recv(100) == b""
            with socket.socket() as again:
                again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                again.bind((address, PORT))
