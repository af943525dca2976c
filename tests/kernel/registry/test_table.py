"""The table of kinds."""

import pytest

from kubernel.errors import NotFoundError
from kubernel.objects.fields import ApiSchema
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.table import ResourceTable, version_rank
from kubernel.types.references import ResourceType

PODS = ResourceDefinition(ResourceType("", "v1", "pods"), "Pod", ApiSchema)
OLD = ResourceDefinition(ResourceType("apps", "v1beta1", "deployments"), "Deployment", ApiSchema)
DEPLOYMENTS = ResourceDefinition(ResourceType("apps", "v1", "deployments"), "Deployment", ApiSchema)


def test_a_resource_is_found_by_path_by_type_and_by_kind() -> None:
    table = ResourceTable([DEPLOYMENTS, PODS])
    assert table.find("apps", "v1", "deployments") is DEPLOYMENTS
    assert table.definition(PODS.resource) is PODS
    assert table.by_kind("", "v1", "Pod") is PODS
    assert table.by_kind("", "v1", "Nope") is None
    assert PODS.resource in table
    assert len(table) == 2


def test_an_unknown_resource_is_not_found_in_kubernetes_words() -> None:
    with pytest.raises(NotFoundError, match="the server could not find the requested resource"):
        ResourceTable([PODS]).find("", "v1", "nodes")
    with pytest.raises(NotFoundError):
        ResourceTable([PODS]).definition(DEPLOYMENTS.resource)


def test_the_core_group_comes_first_and_stable_versions_before_betas() -> None:
    table = ResourceTable([OLD, DEPLOYMENTS, PODS])
    assert table.groups() == ("", "apps")
    assert table.versions("apps") == ("v1", "v1beta1")
    assert table.versions("nope") == ()
    assert table.of("apps", "v1") == [DEPLOYMENTS]


def test_versions_are_ordered_as_kubernetes_orders_them() -> None:
    versions = ["foo1", "v1alpha1", "v1", "v10", "v2beta1", "v2", "v1beta2"]
    assert sorted(versions, key=version_rank) == ["v10", "v2", "v1", "v2beta1", "v1beta2", "v1alpha1", "foo1"]


def test_a_resource_cannot_be_defined_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        ResourceTable([PODS, PODS])


def test_a_view_needs_what_it_is_a_view_of() -> None:
    view = ResourceDefinition(OLD.resource, "Deployment", ApiSchema, stored_as=DEPLOYMENTS.resource)
    with pytest.raises(ValueError, match="not defined"):
        ResourceTable([view])
    table = ResourceTable([view, DEPLOYMENTS])
    assert table.stored(view) is DEPLOYMENTS
    assert table.stored(DEPLOYMENTS) is DEPLOYMENTS
