"""Deleting: grace, finalizers, propagation, preconditions, collections."""

import pytest

from kubernel.errors import ConflictError, ForbiddenError, NotFoundError
from kubernel.registry.flow import block
from kubernel.registry.requests import DeleteOptions, ListOptions
from kubernel.types.selectors import parse_field_selector, parse_label_selector
from registry_world import CONFIGS, NAMESPACES, WIDGETS, World, names


def test_an_object_that_nothing_holds_goes_at_once(world: World) -> None:
    created = world.config("a", x="y")
    answer = world.delete(CONFIGS, "a")
    assert answer.deleted
    assert answer.object == created.object
    with pytest.raises(NotFoundError):
        world.get(CONFIGS, "a")
    with pytest.raises(NotFoundError, match=r'^configs "a" not found$'):
        world.delete(CONFIGS, "a")


def test_grace_marks_and_waits(world: World) -> None:
    world.widget("a", nodeName="n")
    answer = world.delete(WIDGETS, "a")
    assert not answer.deleted
    metadata = world.get(WIDGETS, "a")["metadata"]
    assert metadata["deletionTimestamp"] == "2026-01-01T00:00:30Z"
    assert metadata["deletionGracePeriodSeconds"] == 30
    assert metadata["generation"] == 2
    assert answer.object["metadata"] == metadata


def test_a_second_deletion_may_shorten_the_grace_but_not_lengthen_it(world: World) -> None:
    world.widget("a", nodeName="n")
    world.delete(WIDGETS, "a")
    commits = len(world.store.commits)
    assert not world.delete(WIDGETS, "a").deleted
    assert not world.delete(WIDGETS, "a", grace_seconds=60).deleted
    assert len(world.store.commits) == commits
    world.clock.advance(5)
    answer = world.delete(WIDGETS, "a", grace_seconds=10)
    assert answer.object["metadata"]["deletionTimestamp"] == "2026-01-01T00:00:10Z"
    assert answer.object["metadata"]["deletionGracePeriodSeconds"] == 10
    assert world.delete(WIDGETS, "a", grace_seconds=0).deleted


def test_no_grace_removes_at_once(world: World) -> None:
    world.widget("a", nodeName="n")
    assert world.delete(WIDGETS, "a", grace_seconds=0).deleted


def test_a_negative_grace_is_one_second(world: World) -> None:
    world.widget("a", nodeName="n")
    assert world.delete(WIDGETS, "a", grace_seconds=-1).object["metadata"]["deletionGracePeriodSeconds"] == 1


def test_an_update_does_not_end_grace_early(world: World) -> None:
    world.widget("a", nodeName="n")
    world.delete(WIDGETS, "a")
    assert not world.patch(WIDGETS, "a", {"metadata": {"labels": {"a": "b"}}}).deleted


def test_finalizers_hold(world: World) -> None:
    world.create(WIDGETS, {"metadata": {"name": "a", "finalizers": ["x.io/y"]}})
    answer = world.delete(WIDGETS, "a")
    assert not answer.deleted
    assert answer.object["metadata"]["deletionTimestamp"] == "2026-01-01T00:00:00Z"
    assert answer.object["metadata"]["deletionGracePeriodSeconds"] == 0
    assert answer.object["metadata"]["generation"] == 2
    commits = len(world.store.commits)
    world.clock.advance(5)
    assert world.delete(WIDGETS, "a").object == answer.object
    assert len(world.store.commits) == commits


@pytest.mark.parametrize(("propagation", "finalizer"), [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")])
def test_propagation_adds_a_finalizer_for_the_garbage_collector(world: World, propagation: str, finalizer: str) -> None:
    world.config("a")
    answer = world.delete(CONFIGS, "a", propagation=propagation)
    assert not answer.deleted
    assert answer.object["metadata"]["finalizers"] == [finalizer]
    assert world.update(CONFIGS, "a", {"metadata": {"name": "a"}}).deleted


def test_another_propagation_replaces_the_earlier_one(world: World) -> None:
    world.create(CONFIGS, {"metadata": {"name": "a", "finalizers": ["orphan", "x.io/y"]}})
    answer = world.delete(CONFIGS, "a", propagation="Foreground")
    assert answer.object["metadata"]["finalizers"] == ["x.io/y", "foregroundDeletion"]
    assert world.delete(CONFIGS, "a", propagation="Background").object["metadata"]["finalizers"] == ["x.io/y"]


def test_background_is_the_default(world: World) -> None:
    world.config("a")
    assert world.delete(CONFIGS, "a", propagation="Background").deleted
    world.config("b")
    assert world.delete(CONFIGS, "b").deleted


def test_preconditions_protect_another_object(world: World) -> None:
    metadata = world.config("a").object["metadata"]
    with pytest.raises(ConflictError) as caught:
        world.delete(CONFIGS, "a", uid="old")
    assert caught.value.message == (
        'Operation cannot be fulfilled on Config "a": the UID in the precondition (old) does not match the UID in record '
        f"({metadata['uid']}). The object might have been deleted and then recreated"
    )
    with pytest.raises(ConflictError) as caught:
        world.delete(CONFIGS, "a", resource_version="1")
    assert caught.value.message == (
        'Operation cannot be fulfilled on Config "a": the ResourceVersion in the precondition (1) does not match the '
        f"ResourceVersion in record ({metadata['resourceVersion']}). The object might have been modified"
    )
    assert world.delete(CONFIGS, "a", uid=metadata["uid"], resource_version=metadata["resourceVersion"]).deleted


def test_a_deletion_is_retried_when_the_object_moves(world: World) -> None:
    world.config("a")
    world.store.before_commit.append(lambda: world.patch(CONFIGS, "a", {"data": {"x": "y"}}))
    assert world.delete(CONFIGS, "a").deleted


def test_a_dry_run_removes_nothing(world: World) -> None:
    world.config("a")
    world.widget("w", nodeName="n")
    assert world.delete(CONFIGS, "a", dry_run=True).deleted
    assert world.get(CONFIGS, "a")
    assert world.delete(WIDGETS, "w", dry_run=True).object["metadata"]["deletionTimestamp"]
    assert "deletionTimestamp" not in world.get(WIDGETS, "w")["metadata"]


def test_claims_are_given_back(world: World) -> None:
    world.widget("a", address="auto")
    world.delete(WIDGETS, "a")
    assert world.store.get("/claims/address/0") is None
    world.create(WIDGETS, {"metadata": {"name": "b", "finalizers": ["x.io/y"]}, "spec": {"address": "auto"}})
    world.delete(WIDGETS, "b")
    assert world.store.get("/claims/address/0") is not None
    world.update(WIDGETS, "b", {"metadata": {"name": "b"}, "spec": {"address": "0"}})
    assert world.store.get("/claims/address/0") is None


def test_some_namespaces_stay_for_ever(world: World) -> None:
    with pytest.raises(ForbiddenError, match=r'^namespaces "default" is forbidden: this namespace may not be deleted$'):
        world.delete(NAMESPACES, "default", "")


def test_a_collection_goes_as_far_as_it_is_selected(world: World) -> None:
    for number in range(300):
        label = "even" if number % 2 == 0 else "odd"
        world.create(CONFIGS, {"metadata": {"name": f"c{number:03}", "labels": {"kind": label}}})
    selection = ListOptions(labels=parse_label_selector("kind=even"))
    answer = block(world.registry.delete_collection(CONFIGS, "default", selection, DeleteOptions()))
    assert len(answer.items) == 150
    assert len(names(world.list(CONFIGS))) == 150
    one = ListOptions(fields=parse_field_selector("metadata.name=c001"))
    block(world.registry.delete_collection(CONFIGS, "default", one, DeleteOptions()))
    assert len(names(world.list(CONFIGS))) == 149


def test_a_collection_does_not_mind_who_went_already(world: World) -> None:
    world.config("a")
    world.config("b")
    world.store.before_commit.append(lambda: world.delete(CONFIGS, "b"))
    block(world.registry.delete_collection(CONFIGS, "default", ListOptions(), DeleteOptions()))
    assert names(world.list(CONFIGS)) == []
