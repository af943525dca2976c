"""Leader election: one at a time, taken over when the leader falls silent, at once when it steps down."""

from dataclasses import dataclass, field

import pytest

from kubernel.errors import ServiceUnavailableError
from kubernel.machinery.leader import Elector
from kubernel.testing.clock import FakeClock
from kubernel.testing.memory_client import MemoryClient
from kubernel.types.json import Object
from kubernel.types.well_known import LEASES
from waiting import eventually


@dataclass
class Candidate:
    """An elector and what it called."""

    client: MemoryClient
    clock: FakeClock
    identity: str
    called: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.elector = Elector(
            self.client,
            self.clock,
            "controllers",
            self.identity,
            gained=lambda: self.called.append("gained"),
            lost=lambda: self.called.append("lost"),
        )


@pytest.fixture
def client() -> MemoryClient:
    return MemoryClient()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def first(client: MemoryClient, clock: FakeClock) -> Candidate:
    return Candidate(client, clock, "first")


@pytest.fixture
def second(client: MemoryClient, clock: FakeClock) -> Candidate:
    return Candidate(client, clock, "second")


def lease(client: MemoryClient) -> Object:
    spec: Object = client.get(LEASES, "controllers", "kube-system")["spec"]
    return spec


def test_the_first_one_leads_and_the_second_stands_by(client: MemoryClient, first: Candidate, second: Candidate) -> None:
    first.elector.turn()
    second.elector.turn()
    assert (first.called, second.called) == (["gained"], [])
    assert (first.elector.leading, second.elector.leading) == (True, False)
    assert (lease(client)["holderIdentity"], lease(client)["leaseTransitions"]) == ("first", 0)


def test_a_leader_that_renews_stays(clock: FakeClock, first: Candidate, second: Candidate) -> None:
    for _ in range(20):
        first.elector.turn()
        second.elector.turn()
        clock.advance(2)
    assert (first.called, second.called) == (["gained"], [])


def test_a_silent_leader_is_replaced_after_its_lease(
    client: MemoryClient, clock: FakeClock, first: Candidate, second: Candidate
) -> None:
    first.elector.turn()
    second.elector.turn()
    clock.advance(15)
    second.elector.turn()
    assert second.called == []
    clock.advance(1)
    second.elector.turn()
    assert second.called == ["gained"]
    assert (lease(client)["holderIdentity"], lease(client)["leaseTransitions"]) == ("second", 1)
    first.elector.turn()
    assert first.called == ["gained", "lost"]


def test_a_leader_that_cannot_renew_gives_up_before_another_may_take_over(
    client: MemoryClient, clock: FakeClock, first: Candidate
) -> None:
    first.elector.turn()
    client.fail("get", LEASES, ServiceUnavailableError("away"), times=100)
    clock.advance(9)
    first.elector.turn()
    assert first.elector.leading
    clock.advance(2)
    first.elector.turn()
    assert first.called == ["gained", "lost"]


def test_stepping_down_lets_another_take_over_at_once(client: MemoryClient, first: Candidate, second: Candidate) -> None:
    first.elector.turn()
    second.elector.turn()
    first.elector.stop()
    assert first.called == ["gained", "lost"]
    assert lease(client)["holderIdentity"] == ""
    second.elector.turn()
    assert second.called == ["gained"]


def test_it_runs_on_a_thread_that_waits_on_the_clock(client: MemoryClient, clock: FakeClock, first: Candidate) -> None:
    first.elector.start()
    clock.wait_for_timers()
    assert first.called == ["gained"]
    before = lease(client)["renewTime"]
    clock.advance(2)
    eventually(lambda: lease(client)["renewTime"] != before)
    first.elector.stop()
    assert first.called == ["gained", "lost"]
