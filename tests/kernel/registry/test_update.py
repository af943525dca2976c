"""Replacing objects, their status and their finalizers."""

import pytest

from kubernel.errors import BadRequestError, ConflictError, InvalidError, NotFoundError
from kubernel.registry.flow import block
from kubernel.registry.requests import WriteOptions
from kubernel.types.json import Object
from registry_world import CONFIGS, LOCKS, NAMESPACES, WIDGETS, World


def body(name: str, resource_version: str = "", **spec: object) -> Object:
    metadata = {"name": name} | ({"resourceVersion": resource_version} if resource_version else {})
    return {"metadata": metadata, "spec": spec}


def test_the_new_state_replaces_the_old_one(world: World) -> None:
    old = world.widget("a", replicas=2, options={"x": "y"}).object
    answer = world.update(WIDGETS, "a", body("a", replicas=3))
    assert answer.object["spec"] == {"replicas": 3}
    assert answer.object["metadata"]["uid"] == old["metadata"]["uid"]
    assert answer.object["metadata"]["creationTimestamp"] == old["metadata"]["creationTimestamp"]
    assert answer.object["metadata"]["generation"] == 2
    assert int(answer.object["metadata"]["resourceVersion"]) > int(old["metadata"]["resourceVersion"])
    assert world.get(WIDGETS, "a") == answer.object
    assert not answer.created


def test_what_does_not_change_is_not_written(world: World) -> None:
    answer = world.widget("a", replicas=2)
    commits = len(world.store.commits)
    again = world.update(WIDGETS, "a", answer.object)
    assert again.object == answer.object
    assert again.encoded == answer.encoded
    assert len(world.store.commits) == commits


def test_labels_do_not_count_as_a_generation(world: World) -> None:
    obj = world.widget("a").object
    changed = {**obj, "metadata": {**obj["metadata"], "labels": {"a": "b"}}}
    assert world.update(WIDGETS, "a", changed).object["metadata"]["generation"] == 1


def test_an_old_resource_version_is_a_conflict(world: World) -> None:
    old = world.widget("a").object
    world.update(WIDGETS, "a", body("a", replicas=2))
    with pytest.raises(ConflictError) as caught:
        world.update(WIDGETS, "a", old)
    assert caught.value.message == (
        'Operation cannot be fulfilled on widgets.test.io "a": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )


def test_a_writer_that_was_quicker_is_a_conflict_too(world: World) -> None:
    old = world.widget("a").object
    world.store.before_commit.append(lambda: world.update(WIDGETS, "a", body("a", replicas=2)))
    with pytest.raises(ConflictError):
        world.update(WIDGETS, "a", body("a", old["metadata"]["resourceVersion"], replicas=3))


def test_without_a_resource_version_the_last_writer_wins(world: World) -> None:
    world.widget("a")
    world.store.before_commit.append(lambda: world.update(WIDGETS, "a", body("a", replicas=2)))
    assert world.update(WIDGETS, "a", body("a", replicas=3)).object["metadata"]["generation"] == 3


def test_some_kinds_want_a_resource_version(world: World) -> None:
    world.create(LOCKS, {"metadata": {"name": "a"}})
    with pytest.raises(InvalidError) as caught:
        world.update(LOCKS, "a", {"metadata": {"name": "a"}})
    assert caught.value.message == (
        'locks.test.io "a" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update'
    )


def test_a_resource_version_is_a_number(world: World) -> None:
    world.widget("a")
    with pytest.raises(BadRequestError, match=r"invalid resource version"):
        world.update(WIDGETS, "a", body("a", "abc"))


def test_another_uid_means_another_object(world: World) -> None:
    uid = world.widget("a").object["metadata"]["uid"]
    with pytest.raises(ConflictError) as caught:
        world.update(WIDGETS, "a", {"metadata": {"name": "a", "uid": "old"}})
    assert f"Precondition failed: UID in precondition: old, UID in object meta: {uid}" in caught.value.message


def test_the_name_must_be_that_of_the_path(world: World) -> None:
    world.widget("a")
    with pytest.raises(BadRequestError, match=r"the name of the object \(b\) does not match the name on the URL \(a\)"):
        world.update(WIDGETS, "a", body("b"))
    with pytest.raises(BadRequestError, match=r"the name of the object \(a based on URL\) was undeterminable"):
        world.update(WIDGETS, "a", {"metadata": {}})
    with pytest.raises(BadRequestError, match=r"the namespace of the object \(x\) does not match the namespace on the request"):
        world.update(WIDGETS, "a", {"metadata": {"name": "a", "namespace": "x"}})


def test_what_is_not_there_cannot_be_replaced(world: World) -> None:
    with pytest.raises(NotFoundError, match=r'widgets.test.io "a" not found'):
        world.update(WIDGETS, "a", body("a"))


def test_a_put_creates_where_the_kind_allows_it(world: World) -> None:
    answer = world.update(CONFIGS, "a", {"metadata": {"name": "a", "resourceVersion": "77"}, "data": {"x": "y"}})
    assert answer.created
    assert world.get(CONFIGS, "a")["data"] == {"x": "y"}


@pytest.mark.parametrize("wrong", [None, "text", {}, {"metadata": None}, {"metadata": {"name": "b"}}])
def test_a_put_creates_nothing_but_what_its_path_names(world: World, wrong: object) -> None:
    with pytest.raises(BadRequestError):
        world.update(CONFIGS, "a", wrong)
    assert not world.list(CONFIGS).items


def test_a_deletion_cannot_be_faked_by_an_update(world: World) -> None:
    world.widget("a")
    with pytest.raises(InvalidError, match=r"metadata.deletionTimestamp: .*field is immutable"):
        world.update(WIDGETS, "a", {"metadata": {"name": "a", "deletionTimestamp": "2026-01-01T00:00:00Z"}})


def test_the_kinds_rules_for_updates_are_asked(world: World) -> None:
    world.widget("a", size="small")
    with pytest.raises(InvalidError, match=r"spec.size: Forbidden: may not change"):
        world.update(WIDGETS, "a", body("a", size="large"))


def test_a_dry_run_writes_nothing(world: World) -> None:
    world.widget("a")
    commits = len(world.store.commits)
    answer = world.update(WIDGETS, "a", body("a", replicas=5), dry_run=True)
    assert answer.object["spec"]["replicas"] == 5
    assert world.get(WIDGETS, "a")["spec"]["replicas"] == 1
    assert len(world.store.commits) == commits


def test_the_main_path_cannot_change_status(world: World) -> None:
    world.widget("a")
    world.update(WIDGETS, "a", {**body("a"), "status": {"phase": "Done"}}, sub="status")
    answer = world.update(WIDGETS, "a", {**body("a", replicas=2), "status": {"phase": "Other"}})
    assert answer.object["status"] == {"phase": "Done"}
    assert world.update(WIDGETS, "a", body("a", replicas=3)).object["status"] == {"phase": "Done"}


def test_the_status_path_changes_nothing_else(world: World) -> None:
    world.widget("a", replicas=2)
    answer = world.update(WIDGETS, "a", {**body("a", replicas=9), "status": {"phase": "Done"}}, sub="status")
    assert answer.object["spec"]["replicas"] == 2
    assert answer.object["status"] == {"phase": "Done"}
    assert answer.object["metadata"]["generation"] == 1


def test_the_status_path_has_rules_and_conflicts_of_its_own(world: World) -> None:
    old = world.widget("a").object
    with pytest.raises(InvalidError, match=r"status.phase"):
        world.update(WIDGETS, "a", {**body("a"), "status": {"phase": "Impossible"}}, sub="status")
    world.update(WIDGETS, "a", {**body("a"), "status": {"phase": "Done"}}, sub="status")
    with pytest.raises(ConflictError):
        world.update(WIDGETS, "a", {**old, "status": {"phase": "Late"}}, sub="status")


def test_a_subresource_that_is_not_there_is_not_found(world: World) -> None:
    world.config("a")
    with pytest.raises(NotFoundError, match=r"the server could not find the requested resource"):
        world.update(CONFIGS, "a", {"metadata": {"name": "a"}}, sub="status")


def test_the_last_finalizer_takes_a_deleted_object_along(world: World) -> None:
    world.create(WIDGETS, {"metadata": {"name": "a", "finalizers": ["x.io/a", "x.io/b"]}})
    world.delete(WIDGETS, "a")
    answer = world.update(WIDGETS, "a", {"metadata": {"name": "a", "finalizers": ["x.io/b"]}})
    assert not answer.deleted
    answer = world.update(WIDGETS, "a", {"metadata": {"name": "a"}})
    assert answer.deleted
    with pytest.raises(NotFoundError):
        world.get(WIDGETS, "a")


def test_a_deleted_object_gets_no_new_finalizers(world: World) -> None:
    world.create(WIDGETS, {"metadata": {"name": "a", "finalizers": ["x.io/a"]}})
    world.delete(WIDGETS, "a")
    with pytest.raises(InvalidError, match=r"no new finalizers can be added if the object is being deleted"):
        world.update(WIDGETS, "a", {"metadata": {"name": "a", "finalizers": ["x.io/a", "x.io/b"]}})


def test_a_namespace_goes_when_its_own_finalizers_are_gone(world: World) -> None:
    world.create(NAMESPACES, {"metadata": {"name": "short"}}, "")
    answer = world.delete(NAMESPACES, "short", "")
    assert not answer.deleted
    assert answer.object["status"]["phase"] == "Terminating"
    assert answer.object["metadata"]["deletionTimestamp"]
    assert not world.delete(NAMESPACES, "short", "").deleted
    answer = world.update(NAMESPACES, "short", {"metadata": {"name": "short"}, "spec": {}}, "", sub="finalize")
    assert answer.deleted
    with pytest.raises(NotFoundError):
        world.get(NAMESPACES, "short", "")


def test_modify_changes_a_copy_and_is_retried(world: World) -> None:
    world.widget("a")
    before = world.get(WIDGETS, "a")

    def bind(obj: Object) -> None:
        obj["spec"]["nodeName"] = "here"

    world.store.before_commit.append(lambda: world.update(WIDGETS, "a", body("a", replicas=4)))
    answer = block(world.registry.modify(WIDGETS, "default", "a", bind, WriteOptions(), "binding"))
    assert answer.object["spec"] == {"replicas": 4, "nodeName": "here"}
    assert "nodeName" not in before["spec"]
