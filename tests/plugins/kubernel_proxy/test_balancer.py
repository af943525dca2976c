"""Which backend the next client gets."""

from collections import Counter

import pytest

from kubernel.ports.proxy import Backend
from kubernel_proxy.balancer import SUSPECT_SECONDS, Balancer, Endpoint


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def balancer(time: Time) -> Balancer:
    return Balancer(time)


def backends(*ports: int, ready: bool = True) -> list[Backend]:
    return [Backend("127.64.0.1", port, ready) for port in ports]


def chosen(endpoint: Endpoint | None) -> int:
    assert endpoint is not None
    return endpoint.port


def test_backends_are_asked_in_turn(balancer: Balancer) -> None:
    balancer.update(backends(1, 2, 3), 0)
    assert [chosen(balancer.choose("c")) for _ in range(6)] == [1, 2, 3, 1, 2, 3]


def test_an_overloaded_backend_is_passed_over(balancer: Balancer) -> None:
    balancer.update(backends(1, 2, 3), 0)
    first = balancer.choose("c")
    assert first is not None
    first.connections = 5
    assert 1 not in {chosen(balancer.choose("c")) for _ in range(6)}


def test_backends_that_are_not_ready_are_not_chosen(balancer: Balancer) -> None:
    balancer.update(backends(1) + backends(2, ready=False), 0)
    assert {chosen(balancer.choose("c")) for _ in range(3)} == {1}
    balancer.update(backends(2, ready=False), 0)
    assert not balancer.serving
    assert balancer.choose("c") is None


def test_tried_backends_are_left_out_until_none_is_left(balancer: Balancer) -> None:
    balancer.update(backends(1, 2), 0)
    tried: list[Endpoint] = []
    for _ in range(2):
        endpoint = balancer.choose("c", tried)
        assert endpoint is not None
        tried.append(endpoint)
    assert {endpoint.port for endpoint in tried} == {1, 2}
    assert balancer.choose("c", tried) is None


def test_a_backend_that_refused_is_asked_last_for_a_moment(balancer: Balancer, time: Time) -> None:
    balancer.update(backends(1, 2, 3), 0)
    refusing = balancer.choose("c")
    assert refusing is not None
    balancer.failed(refusing)
    assert {chosen(balancer.choose("c")) for _ in range(6)} == {2, 3}
    time.now += SUSPECT_SECONDS + 0.1
    assert {chosen(balancer.choose("c")) for _ in range(6)} == {1, 2, 3}


def test_a_backend_that_refused_is_asked_when_it_is_the_only_one(balancer: Balancer) -> None:
    balancer.update(backends(1), 0)
    endpoint = balancer.choose("c")
    assert endpoint is not None
    balancer.failed(endpoint)
    assert chosen(balancer.choose("c")) == 1


def test_an_update_keeps_the_counts_of_those_that_stay(balancer: Balancer) -> None:
    balancer.update(backends(1, 2), 0)
    endpoint = balancer.choose("c")
    assert endpoint is not None
    endpoint.connections = 7
    balancer.update(backends(3, 1), 0)
    assert balancer.has(endpoint)
    assert Counter(chosen(balancer.choose("c")) for _ in range(4)) == {3: 4}


def test_affinity_lasts_from_the_last_use_on(balancer: Balancer, time: Time) -> None:
    balancer.update(backends(1, 2, 3), 60)
    assert chosen(balancer.choose("a")) == 1
    assert chosen(balancer.choose("b")) == 2
    time.now += 50
    assert chosen(balancer.choose("a")) == 1
    time.now += 50
    assert chosen(balancer.choose("a")) == 1
    assert chosen(balancer.choose("b")) == 3


def test_affinity_ends_with_its_backend_or_when_it_refuses(balancer: Balancer) -> None:
    balancer.update(backends(1, 2), 60)
    first = balancer.choose("a")
    assert first is not None
    second = balancer.choose("a", [first])
    assert chosen(second) == 2
    assert chosen(balancer.choose("a")) == 2
    balancer.update(backends(1), 60)
    assert chosen(balancer.choose("a")) == 1
