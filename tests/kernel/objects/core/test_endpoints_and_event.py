"""Endpoints and core events: lenient where old clients are, strict where it matters."""

from datetime import UTC, datetime
from typing import Any

from kind_world import KindWorld, causes
from kubernel.types.well_known import ENDPOINTS, EVENTS, SERVICE_ACCOUNTS


def endpoints(*subsets: dict[str, Any], name: str = "web") -> dict[str, Any]:
    return {"metadata": {"name": name}, "subsets": list(subsets)}


def event(**fields: Any) -> dict[str, Any]:
    about = {"kind": "Pod", "namespace": "default", "name": "p"}
    return {"metadata": {"name": "p.1"}, "involvedObject": about, "reason": "Started", "message": "went on ", **fields}


def test_endpoints_can_be_put_before_they_are_there(world: KindWorld) -> None:
    subset = {"addresses": [{"ip": "127.64.0.2"}], "ports": [{"port": 80}]}
    made = world.update(ENDPOINTS, endpoints(subset))
    assert made["subsets"][0]["ports"] == [{"port": 80, "protocol": "TCP"}]


def test_subsets_have_addresses_and_ports_with_names(world: KindWorld) -> None:
    found = causes(
        world.create,
        ENDPOINTS,
        endpoints(
            {"ports": [{"port": 1}]},
            {"addresses": [{"ip": "x"}, {"ip": "0.0.0.0"}], "ports": [{"port": 0}, {"port": 2, "name": "b"}]},
        ),
    )
    assert found == {
        "subsets[0]": "Required value: must specify `addresses` or `notReadyAddresses`",
        "subsets[1].addresses[0].ip": ('Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
        "subsets[1].addresses[1].ip": 'Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
        "subsets[1].ports[0].name": "Required value",
        "subsets[1].ports[0].port": "Invalid value: 0: must be between 1 and 65535, inclusive",
    }


def test_the_row_of_endpoints_shows_three_addresses(world: KindWorld) -> None:
    addresses = [{"ip": f"127.64.0.{number}"} for number in range(2, 6)]
    made = world.create(ENDPOINTS, endpoints({"addresses": addresses, "ports": [{"port": 80}]}))
    assert world.row(ENDPOINTS, made)["Endpoints"] == "127.64.0.2:80,127.64.0.3:80,127.64.0.4:80 + 1 more..."
    assert world.row(ENDPOINTS, world.create(ENDPOINTS, endpoints(name="b")))["Endpoints"] == "<none>"


def test_an_event_is_about_something_in_its_namespace(world: KindWorld) -> None:
    elsewhere = {"kind": "Pod", "namespace": "other", "name": "p"}
    assert causes(world.create, EVENTS, event(involvedObject=elsewhere)) == {
        "involvedObject.namespace": 'Invalid value: "other": does not match event.namespace'
    }
    world.create(EVENTS, event(involvedObject={"kind": "Node", "name": "n1"}))


def test_a_modern_event_says_who_saw_it(world: KindWorld) -> None:
    modern = event(eventTime="2026-01-01T00:00:00.000001Z", reportingInstance="x" * 129)
    assert causes(world.create, EVENTS, modern) == {
        "reportingComponent": "Required value",
        "reportingInstance": 'Invalid value: "": can have at most 128 characters',
        "action": "Required value",
    }


def test_events_are_kept_for_an_hour_and_can_be_selected(world: KindWorld) -> None:
    strategy = world.table.definition(EVENTS).strategy
    assert strategy.ttl == 3600
    found = strategy.selectable(world.create(EVENTS, event(source={"component": "kubelet"}, type="Normal")))
    assert set(found) == set(strategy.selectable_fields)
    assert (found["involvedObject.name"], found["regarding.name"]) == ("p", "p")
    assert (found["source"], found["type"], found["reason"]) == ("kubelet", "Normal", "Started")


def test_the_row_of_an_event(world: KindWorld) -> None:
    made = world.create(
        EVENTS,
        event(
            firstTimestamp="2026-01-01T00:00:00Z",
            lastTimestamp="2026-01-01T00:04:00Z",
            count=5,
            source={"component": "kubelet", "host": "n1"},
            type="Normal",
        ),
    )
    made["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    row = world.row(EVENTS, made, datetime(2026, 1, 1, 0, 5, tzinfo=UTC))
    assert row == {
        "Last Seen": "60s",
        "Type": "Normal",
        "Reason": "Started",
        "Object": "pod/p",
        "Subobject": "",
        "Source": "kubelet, n1",
        "Message": "went on",
        "First Seen": "5m",
        "Count": 5,
        "Name": "p.1",
    }
    series = {**made, "series": {"count": 9, "lastObservedTime": "2026-01-01T00:04:50.000000Z"}}
    row = world.row(EVENTS, series, datetime(2026, 1, 1, 0, 5, tzinfo=UTC))
    assert (row["Last Seen"], row["Count"]) == ("10s", 9)


def test_a_service_account_is_as_it_is_written(world: KindWorld) -> None:
    made = world.create(SERVICE_ACCOUNTS, {"metadata": {"name": "robot"}, "secrets": [{"name": "a"}]})
    assert "generation" not in made["metadata"]
    assert world.row(SERVICE_ACCOUNTS, made) == {"Name": "robot", "Secrets": 1, "Age": "0s"}
