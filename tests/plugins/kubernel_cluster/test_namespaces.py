"""Namespaces: emptied before they go, and given what every namespace has."""

from collections.abc import Iterator

import pytest

from cluster_world import cluster_world, config_map, pod
from kubernel.errors import NotFoundError
from kubernel.testing.controllers import ControllerWorld
from kubernel.types.conditions import find_condition
from kubernel.types.json import Object
from kubernel.types.well_known import CONFIG_MAPS, NAMESPACES, PODS, SERVICE_ACCOUNTS
from kubernel_cluster.namespaces.lifecycle import NamespaceController
from kubernel_cluster.namespaces.root_ca import RootCaController
from kubernel_cluster.namespaces.service_account import ServiceAccountController


@pytest.fixture
def world() -> Iterator[ControllerWorld]:
    world = cluster_world(NamespaceController, ServiceAccountController, RootCaController, root_ca="PEM")
    world.client.create(NAMESPACES, {"metadata": {"name": "apps"}})
    world.settle()
    yield world
    world.close()


def delete(world: ControllerWorld) -> None:
    world.client.delete(NAMESPACES, "apps")
    world.settle()


def reason(namespace: Object, kind: str) -> tuple[str, str, str]:
    found = find_condition(namespace, kind)
    assert found is not None
    return found["status"], found["reason"], found["message"]


def test_every_namespace_has_a_default_service_account_and_the_root_certificate(world: ControllerWorld) -> None:
    for namespace in ("default", "apps"):
        assert world.names(SERVICE_ACCOUNTS, namespace) == ["default"]
        assert world.get(CONFIG_MAPS, f"{namespace}/kube-root-ca.crt")["data"] == {"ca.crt": "PEM"}


def test_what_is_deleted_or_changed_of_them_comes_back(world: ControllerWorld) -> None:
    world.client.delete(SERVICE_ACCOUNTS, "default", "apps")
    world.client.delete(CONFIG_MAPS, "kube-root-ca.crt", "default")
    world.client.patch(CONFIG_MAPS, "kube-root-ca.crt", {"data": {"ca.crt": "forged"}}, "apps")
    world.settle()
    assert world.names(SERVICE_ACCOUNTS, "apps") == ["default"]
    assert world.get(CONFIG_MAPS, "default/kube-root-ca.crt")["data"] == {"ca.crt": "PEM"}
    assert world.get(CONFIG_MAPS, "apps/kube-root-ca.crt")["data"] == {"ca.crt": "PEM"}


def test_without_a_certificate_none_is_published() -> None:
    world = cluster_world(RootCaController)
    world.settle()
    assert world.names(CONFIG_MAPS) == []
    world.close()


def test_a_deleted_namespace_takes_everything_in_it_along(world: ControllerWorld) -> None:
    world.client.create(CONFIG_MAPS, config_map("a", "apps"))
    made = pod("p")
    made["metadata"]["namespace"] = "apps"
    world.client.create(PODS, made)
    world.client.create(CONFIG_MAPS, config_map("kept"))
    delete(world)
    world.advance(2)
    with pytest.raises(NotFoundError):
        world.get(NAMESPACES, "apps")
    assert world.names(CONFIG_MAPS, "apps") == []
    assert world.names(PODS, "apps") == []
    assert "kept" in world.names(CONFIG_MAPS)


def test_what_holds_a_namespace_shows_in_its_conditions(world: ControllerWorld) -> None:
    world.client.create(CONFIG_MAPS, config_map("held", "apps", finalizers=["example.com/hold"]))
    world.client.delete(NAMESPACES, "apps")
    world.run()
    world.advance(3)
    namespace = world.get(NAMESPACES, "apps")
    assert namespace["status"]["phase"] == "Terminating"
    status, why, message = reason(namespace, "NamespaceContentRemaining")
    assert (status, why) == ("True", "SomeResourcesRemain")
    assert message == "Some resources are remaining: configmaps. has 1 resource instances"
    status, why, message = reason(namespace, "NamespaceFinalizersRemaining")
    assert (status, why) == ("True", "SomeFinalizersRemain")
    assert "example.com/hold in 1 resource instances" in message
    assert reason(namespace, "NamespaceDeletionContentFailure")[0] == "False"
    world.client.patch(CONFIG_MAPS, "held", {"metadata": {"finalizers": None}}, "apps")
    world.advance(3)
    with pytest.raises(NotFoundError):
        world.get(NAMESPACES, "apps")


def test_pods_go_before_everything_else(world: ControllerWorld) -> None:
    made = pod("p", node="n1")
    made["metadata"]["namespace"] = "apps"
    world.client.create(PODS, made)
    world.client.create(CONFIG_MAPS, config_map("needed", "apps"))
    world.client.delete(NAMESPACES, "apps")
    world.run()
    world.advance(2)
    assert "needed" in world.names(CONFIG_MAPS, "apps")
    assert world.get(PODS, "apps/p")["metadata"]["deletionTimestamp"]
    world.client.delete(PODS, "p", "apps", grace_seconds=0)
    world.advance(2)
    with pytest.raises(NotFoundError):
        world.get(NAMESPACES, "apps")


def test_nothing_new_is_made_in_a_namespace_on_its_way_out(world: ControllerWorld) -> None:
    world.client.create(CONFIG_MAPS, config_map("held", "apps", finalizers=["example.com/hold"]))
    world.client.delete(NAMESPACES, "apps")
    world.run()
    world.advance(2)
    assert world.names(SERVICE_ACCOUNTS, "apps") == []
    assert world.names(CONFIG_MAPS, "apps") == ["held"]
    assert world.failures == []
