"""Endpoints and EndpointSlices follow services and pods, over the real registry."""

from collections.abc import Iterator

import pytest

from cluster_world import add_node, add_pod, cluster_world, service
from kubernel.errors import NotFoundError
from kubernel.testing.controllers import ControllerWorld
from kubernel.types.json import Object
from kubernel.types.well_known import ENDPOINT_SLICES, ENDPOINTS, PODS, SERVICES
from kubernel_cluster.endpoints.endpoints import EndpointsController
from kubernel_cluster.endpoints.mirroring import EndpointSliceMirroring
from kubernel_cluster.endpoints.slices import EndpointSliceController
from kubernel_cluster.garbage.controller import GarbageCollector


@pytest.fixture
def world() -> Iterator[ControllerWorld]:
    world = cluster_world(EndpointsController, EndpointSliceController, EndpointSliceMirroring, GarbageCollector)
    yield world
    world.close()


def slices(world: ControllerWorld) -> list[Object]:
    return list(world.client.list(ENDPOINT_SLICES, "default").items)


def conditions(world: ControllerWorld) -> dict[str, tuple[bool, bool, bool]]:
    """Ready, serving, terminating by address."""
    found = {}
    for piece in slices(world):
        for endpoint in piece.get("endpoints") or ():
            state = endpoint["conditions"]
            found[endpoint["addresses"][0]] = (state["ready"], state["serving"], state["terminating"])
    return found


def subsets(world: ControllerWorld, name: str = "web") -> list[Object]:
    found: list[Object] = world.get(ENDPOINTS, f"default/{name}").get("subsets") or []
    return found


def test_ready_pods_are_endpoints_with_their_resolved_ports(world: ControllerWorld) -> None:
    add_node(world, metadata={"name": "n1", "labels": {"topology.kubernetes.io/zone": "z1"}})
    made = world.client.create(SERVICES, service())
    pod = add_pod(world, "a", "127.64.0.2", node="n1")
    add_pod(world, "b", "127.64.0.3", ready=False)
    add_pod(world, "other", "127.64.0.4", labels={"app": "other"})
    world.settle()
    reference = {"kind": "Pod", "namespace": "default", "name": "a", "uid": pod["metadata"]["uid"]}
    (subset,) = subsets(world)
    assert subset["addresses"] == [{"ip": "127.64.0.2", "nodeName": "n1", "targetRef": reference}]
    assert [address["ip"] for address in subset["notReadyAddresses"]] == ["127.64.0.3"]
    assert subset["ports"] == [{"port": 8080, "protocol": "TCP"}]
    (piece,) = slices(world)
    assert piece["addressType"] == "IPv4"
    assert piece["ports"] == [{"name": "", "port": 8080, "protocol": "TCP"}]
    labels = piece["metadata"]["labels"]
    assert labels["kubernetes.io/service-name"] == "web"
    assert labels["endpointslice.kubernetes.io/managed-by"] == "endpointslice-controller.k8s.io"
    assert piece["metadata"]["ownerReferences"][0]["uid"] == made["metadata"]["uid"]
    first = piece["endpoints"][0]
    assert (first["nodeName"], first["zone"], first["targetRef"]) == ("n1", "z1", reference)
    assert conditions(world) == {"127.64.0.2": (True, True, False), "127.64.0.3": (False, False, False)}


def test_a_pod_that_ends_leaves_endpoints_at_once_and_slices_when_it_is_gone(world: ControllerWorld) -> None:
    world.client.create(SERVICES, service())
    add_pod(world, "a", "127.64.0.2", node="n1")
    world.settle()
    world.client.delete(PODS, "a", "default")
    world.settle()
    assert subsets(world) == []
    assert conditions(world) == {"127.64.0.2": (False, True, True)}
    world.client.delete(PODS, "a", "default", grace_seconds=0)
    world.settle()
    (placeholder,) = slices(world)
    assert placeholder["endpoints"] == []


def test_finished_pods_and_pods_without_an_address_are_no_endpoints(world: ControllerWorld) -> None:
    world.client.create(SERVICES, service())
    add_pod(world, "done", "127.64.0.2")
    world.set_status(PODS, "default/done", {"phase": "Succeeded"})
    add_pod(world, "new")
    world.settle()
    assert conditions(world) == {}


def test_not_ready_addresses_are_published_when_asked_for(world: ControllerWorld) -> None:
    world.client.create(SERVICES, service(publishNotReadyAddresses=True))
    add_pod(world, "a", "127.64.0.2", ready=False)
    world.settle()
    assert conditions(world) == {"127.64.0.2": (True, False, False)}
    assert [address["ip"] for address in subsets(world)[0]["addresses"]] == ["127.64.0.2"]


def test_a_headless_service_names_its_pods(world: ControllerWorld) -> None:
    world.client.create(SERVICES, service(clusterIP="None"))
    add_pod(world, "a", "127.64.0.2", hostname="a", subdomain="web")
    world.settle()
    (piece,) = slices(world)
    assert piece["endpoints"][0]["hostname"] == "a"
    assert piece["metadata"]["labels"]["service.kubernetes.io/headless"] == ""
    assert subsets(world)[0]["addresses"][0]["hostname"] == "a"


def test_a_port_name_that_no_container_has_gives_no_endpoint(world: ControllerWorld) -> None:
    world.client.create(SERVICES, service(ports=[{"port": 80, "targetPort": "admin"}]))
    add_pod(world, "a", "127.64.0.2")
    world.settle()
    assert subsets(world) == []
    assert conditions(world) == {}


def test_a_changed_selector_or_label_changes_the_endpoints(world: ControllerWorld) -> None:
    world.client.create(SERVICES, service())
    add_pod(world, "a", "127.64.0.2")
    add_pod(world, "b", "127.64.0.3", labels={"app": "other"})
    world.settle()
    world.client.patch(SERVICES, "web", {"spec": {"selector": {"app": "other"}}}, "default")
    world.settle()
    assert list(conditions(world)) == ["127.64.0.3"]
    world.client.patch(PODS, "b", {"metadata": {"labels": {"app": "none"}}}, "default")
    world.settle()
    assert conditions(world) == {}


def test_more_than_a_hundred_pods_fill_several_slices_and_a_change_touches_one(world: ControllerWorld) -> None:
    world.client.create(SERVICES, service())
    for number in range(120):
        add_pod(world, f"p{number:03}", f"127.64.1.{number}")
    world.settle()
    assert sorted(len(piece["endpoints"]) for piece in slices(world)) == [20, 100]
    before = {piece["metadata"]["name"]: piece["metadata"]["resourceVersion"] for piece in slices(world)}
    world.set_ready("default/p110", ready=False)
    world.settle()
    changed = [p for p in slices(world) if before[p["metadata"]["name"]] != p["metadata"]["resourceVersion"]]
    assert len(changed) == 1


def test_a_copy_that_lags_behind_does_not_make_slices_twice(world: ControllerWorld) -> None:
    world.client.create(SERVICES, service())
    add_pod(world, "a", "127.64.0.2")
    world.dispatch.run()
    loop = next(loop for loop in world.loops if loop.name == "endpointslice")
    for _ in range(3):
        loop.work("default/web")
    assert len(slices(world)) == 1


def test_a_deleted_service_takes_its_endpoints_along(world: ControllerWorld) -> None:
    world.client.create(SERVICES, service())
    add_pod(world, "a", "127.64.0.2")
    world.settle()
    world.client.delete(SERVICES, "web", "default")
    world.settle()
    assert slices(world) == []
    with pytest.raises(NotFoundError):
        world.get(ENDPOINTS, "default/web")


def test_a_change_that_says_nothing_new_writes_nothing(world: ControllerWorld) -> None:
    world.client.create(SERVICES, service())
    add_pod(world, "a", "127.64.0.2")
    world.settle()
    before = world.store.revision()
    world.set_status(PODS, "default/a", {"startTime": "2026-01-01T00:00:00Z"})
    world.settle()
    assert world.store.revision() == before + 1


def by_hand(address: str = "10.0.0.1") -> Object:
    subset = {"addresses": [{"ip": address}], "ports": [{"name": "db", "port": 5432}]}
    return {"kind": "Endpoints", "metadata": {"name": "db", "namespace": "default"}, "subsets": [subset]}


def test_endpoints_written_by_hand_are_mirrored(world: ControllerWorld) -> None:
    world.client.create(SERVICES, service("db", selector=None, ports=[{"name": "db", "port": 5432}]))
    world.client.create(ENDPOINTS, by_hand())
    world.settle()
    (piece,) = slices(world)
    assert piece["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] == "endpointslicemirroring-controller.k8s.io"
    assert (piece["ports"], piece["endpoints"][0]["addresses"]) == (
        [{"name": "db", "port": 5432, "protocol": "TCP"}],
        ["10.0.0.1"],
    )
    world.client.update(ENDPOINTS, by_hand("10.0.0.2"))
    world.settle()
    assert list(slices(world)[0]["endpoints"][0]["addresses"]) == ["10.0.0.2"]
    world.client.delete(ENDPOINTS, "db", "default")
    world.settle()
    assert slices(world) == []


def test_endpoints_that_ask_not_to_be_mirrored_are_not(world: ControllerWorld) -> None:
    world.client.create(SERVICES, service("db", selector=None, ports=[{"name": "db", "port": 5432}]))
    made = by_hand()
    made["metadata"]["labels"] = {"endpointslice.kubernetes.io/skip-mirror": "true"}
    world.client.create(ENDPOINTS, made)
    world.settle()
    assert slices(world) == []
