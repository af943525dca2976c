"""Namespaces: how they begin, what holds them, how they end."""

import pytest

from kind_world import KindWorld, causes
from kubernel.errors import NotFoundError
from kubernel.types.well_known import NAMESPACES


def made(world: KindWorld, name: str = "team") -> dict[str, object]:
    return world.create(NAMESPACES, {"metadata": {"name": name}}, "")


def test_a_namespace_begins_active_with_its_finalizer_and_its_name_as_a_label(world: KindWorld) -> None:
    found = world.create(NAMESPACES, {"metadata": {"name": "team", "labels": {"a": "b"}}}, "")
    assert found["spec"] == {"finalizers": ["kubernetes"]}
    assert found["status"] == {"phase": "Active"}
    assert found["metadata"]["labels"] == {"a": "b", "kubernetes.io/metadata.name": "team"}


def test_the_label_with_its_name_cannot_be_taken_away(world: KindWorld) -> None:
    found = made(world)
    after = world.update(NAMESPACES, {**found, "metadata": {"name": "team", "labels": {}}, "spec": {}}, "")
    assert after["metadata"]["labels"] == {"kubernetes.io/metadata.name": "team"}
    assert after["spec"] == {"finalizers": ["kubernetes"]}


def test_names_are_labels(world: KindWorld) -> None:
    assert "must consist of lower case alphanumeric" in causes(made, world, "a.b")["metadata.name"]


def test_a_deleted_namespace_is_terminating_until_its_finalizers_are_gone(world: KindWorld) -> None:
    made(world)
    answer = world.delete(NAMESPACES, "team", "")
    assert not answer.deleted
    assert answer.object["status"] == {"phase": "Terminating"}
    current = world.get(NAMESPACES, "team", "")
    world.update(NAMESPACES, {**current, "spec": {"finalizers": []}}, "", "finalize")
    with pytest.raises(NotFoundError):
        world.get(NAMESPACES, "team", "")


def test_a_phase_agrees_with_the_deletion(world: KindWorld) -> None:
    found = made(world)
    wrong = causes(world.update, NAMESPACES, {**found, "status": {"phase": "Terminating"}}, "", "status")
    assert wrong == {"status.phase": "Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty"}


def test_finalizers_are_known_or_qualified(world: KindWorld) -> None:
    body = {"metadata": {"name": "x"}, "spec": {"finalizers": ["mine", "example.com/mine"]}}
    found = causes(world.create, NAMESPACES, body, "")
    assert found == {
        "spec.finalizers[0]": ('Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified')
    }


def test_the_row(world: KindWorld) -> None:
    assert world.row(NAMESPACES, made(world)) == {"Name": "team", "Status": "Active", "Age": "0s"}
