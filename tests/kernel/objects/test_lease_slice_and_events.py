"""Leases, endpoint slices, and events of events.k8s.io."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kind_world import KindWorld, causes
from kubernel.errors import InvalidError
from kubernel.objects.events.definition import RESOURCE, from_stored, to_stored
from kubernel.types.well_known import ENDPOINT_SLICES, EVENTS, LEASES


@pytest.fixture
def world() -> Iterator[KindWorld]:
    found = KindWorld()
    yield found
    found.close()


def lease(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "leader"}, "spec": spec}


def test_a_lease_can_be_put_before_it_is_there_and_needs_a_version_after(world: KindWorld) -> None:
    world.update(LEASES, lease(holderIdentity="a", renewTime="2026-01-01T00:00:00.000001Z"))
    with pytest.raises(InvalidError, match="must be specified for an update"):
        world.update(LEASES, lease(holderIdentity="b"))


def test_durations_of_leases_make_sense(world: KindWorld) -> None:
    assert causes(world.create, LEASES, lease(leaseDurationSeconds=0, leaseTransitions=-1)) == {
        "spec.leaseDurationSeconds": "Invalid value: 0: must be greater than 0",
        "spec.leaseTransitions": "Invalid value: -1: must be greater than or equal to 0",
    }
    released = world.create(LEASES, lease(holderIdentity="", leaseDurationSeconds=1))
    assert world.row(LEASES, released) == {"Name": "leader", "Holder": "", "Age": "0s"}


def piece(**fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web-1"}, "addressType": "IPv4", "endpoints": [], **fields}


def test_a_slice_keeps_its_kind_of_addresses(world: KindWorld) -> None:
    made = world.create(ENDPOINT_SLICES, piece(ports=[{"port": 80}], endpoints=[{"addresses": ["127.64.0.2"]}]))
    assert made["ports"] == [{"port": 80, "name": "", "protocol": "TCP"}]
    assert made["metadata"]["generation"] == 1
    assert causes(world.update, ENDPOINT_SLICES, {**made, "addressType": "FQDN", "endpoints": []}) == {
        "addressType": 'Invalid value: "FQDN": field is immutable'
    }
    assert causes(world.create, ENDPOINT_SLICES, {"metadata": {"name": "x"}, "endpoints": []})["addressType"] == "Required value"


def test_addresses_and_ports_of_a_slice(world: KindWorld) -> None:
    endpoints = [
        {"addresses": ["::1"]},
        {"addresses": []},
        {"addresses": ["127.64.0.2"], "hostname": "A", "hints": {"forZones": [{"name": "a"}, {"name": "a"}]}},
    ]
    ports = [{"name": "a", "port": 80}, {"name": "a", "port": 0}]
    found = causes(world.create, ENDPOINT_SLICES, piece(endpoints=endpoints, ports=ports))
    assert found["endpoints[0].addresses[0]"] == 'Invalid value: "::1": must be a valid IPv4 address'
    assert found["endpoints[1].addresses"] == "Required value"
    assert "endpoints[2].hostname" in found
    assert found["endpoints[2].hints.forZones[1].name"] == 'Duplicate value: "a"'
    assert found["ports[1].name"] == 'Duplicate value: "a"'
    assert found["ports[1].port"] == "Invalid value: 0: must be between 1 and 65535, inclusive"


def test_a_slice_is_bounded(world: KindWorld) -> None:
    endpoints = [{"addresses": ["127.64.0.2"]}] * 1001
    ports = [{"name": f"p{number}", "port": 80} for number in range(101)]
    assert causes(world.create, ENDPOINT_SLICES, piece(endpoints=endpoints)) == {
        "endpoints": "Too many: 1001: must have at most 1000 items"
    }
    assert causes(world.create, ENDPOINT_SLICES, piece(ports=ports)) == {"ports": "Too many: 101: must have at most 100 items"}


def test_the_row_of_a_slice(world: KindWorld) -> None:
    endpoints = [{"addresses": [f"127.64.0.{number}"]} for number in range(2, 6)]
    made = world.create(ENDPOINT_SLICES, piece(endpoints=endpoints, ports=[{"port": 80}, {"name": "any"}]))
    row = world.row(ENDPOINT_SLICES, made)
    assert (row["AddressType"], row["Ports"]) == ("IPv4", "80,any")
    assert row["Endpoints"] == "127.64.0.2,127.64.0.3,127.64.0.4 + 1 more..."
    bare = world.create(ENDPOINT_SLICES, {**piece(), "metadata": {"name": "b"}})
    assert (world.row(ENDPOINT_SLICES, bare)["Ports"], world.row(ENDPOINT_SLICES, bare)["Endpoints"]) == ("<unset>", "<unset>")


def test_an_event_is_one_object_under_two_names(world: KindWorld) -> None:
    body = {
        "metadata": {"name": "p.1"},
        "eventTime": "2026-01-01T00:00:00.000001Z",
        "regarding": {"kind": "Pod", "namespace": "default", "name": "p"},
        "reportingController": "example.com/tester",
        "reportingInstance": "here",
        "action": "Starting",
        "reason": "Started",
        "note": "it went on",
        "type": "Normal",
    }
    made = world.create(RESOURCE, body)
    assert (made["apiVersion"], made["note"], made["regarding"]["name"]) == ("events.k8s.io/v1", "it went on", "p")
    core = world.get(EVENTS, "p.1")
    assert (core["apiVersion"], core["message"], core["involvedObject"]["name"]) == ("v1", "it went on", "p")
    assert core["reportingComponent"] == "example.com/tester"
    row = world.row(RESOURCE, made)
    assert (row["Object"], row["Message"], row["Source"]) == ("pod/p", "it went on", "example.com/tester")


FIELDS = (
    "regarding",
    "note",
    "reportingController",
    "deprecatedSource",
    "deprecatedFirstTimestamp",
    "deprecatedLastTimestamp",
    "deprecatedCount",
    "reason",
    "eventTime",
)


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(min_size=1)))
def test_translating_back_and_forth_changes_nothing(fields: dict[str, str]) -> None:
    seen = {"eventTime": None, **fields, "kind": "Event", "apiVersion": "events.k8s.io/v1"}
    assert from_stored(to_stored(seen)) == seen
