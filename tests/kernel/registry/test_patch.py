"""Patching stored objects: what the pipeline adds to the patches themselves."""

import pytest

from kubernel.errors import BadRequestError, ConflictError, InvalidError, NotFoundError, UnsupportedMediaTypeError
from kubernel.registry.flow import block
from kubernel.registry.requests import Patch, WriteOptions
from registry_world import CONFIGS, WIDGETS, World


def test_each_kind_of_patch_changes_the_object(world: World) -> None:
    world.widget("a", containers=[{"name": "x", "image": "1"}, {"name": "y"}])
    merged = world.patch(WIDGETS, "a", {"spec": {"replicas": 4}})
    assert merged.object["spec"]["replicas"] == 4
    tested = [{"op": "test", "path": "/spec/replicas", "value": 4}, {"op": "replace", "path": "/spec/replicas", "value": 5}]
    assert world.patch(WIDGETS, "a", tested, "json").object["spec"]["replicas"] == 5
    strategic = world.patch(WIDGETS, "a", {"spec": {"containers": [{"name": "y", "image": "2"}]}}, "strategic")
    assert strategic.object["spec"]["containers"] == [{"name": "x", "image": "1"}, {"name": "y", "image": "2"}]
    assert strategic.object["metadata"]["generation"] == 4


def test_the_patch_itself_is_left_alone(world: World) -> None:
    world.widget("a", options={"x": "y"})
    body = {"spec": {"$retainKeys": ["options"], "options": {"$patch": "replace", "a": "b"}}}
    world.patch(WIDGETS, "a", body, "strategic")
    assert body == {"spec": {"$retainKeys": ["options"], "options": {"$patch": "replace", "a": "b"}}}


def test_a_patch_that_changes_nothing_is_not_written(world: World) -> None:
    world.widget("a", replicas=2)
    commits = len(world.store.commits)
    world.patch(WIDGETS, "a", {"spec": {"replicas": 2}})
    assert len(world.store.commits) == commits


def test_a_patch_is_applied_again_when_the_object_moves(world: World) -> None:
    world.config("a", x="1")
    world.store.before_commit.append(lambda: world.patch(CONFIGS, "a", {"data": {"y": "2"}}))
    assert world.patch(CONFIGS, "a", {"data": {"z": "3"}}).object["data"] == {"x": "1", "y": "2", "z": "3"}


def test_a_patch_waits_for_its_turn_however_many_are_quicker(world: World) -> None:
    world.config("a", n="0")

    def quicker(number: int) -> None:
        world.patch(CONFIGS, "a", {"data": {"n": str(number)}})
        if number < 40:
            world.store.before_commit.append(lambda: quicker(number + 1))

    world.store.before_commit.append(lambda: quicker(1))
    assert world.patch(CONFIGS, "a", {"data": {"z": "3"}}).object["data"] == {"n": "40", "z": "3"}


def test_a_patch_that_names_a_resource_version_is_not(world: World) -> None:
    version = world.config("a", x="1").object["metadata"]["resourceVersion"]
    patch = {"metadata": {"resourceVersion": version}, "data": {"z": "3"}}
    world.store.before_commit.append(lambda: world.patch(CONFIGS, "a", {"data": {"y": "2"}}))
    with pytest.raises(ConflictError):
        world.patch(CONFIGS, "a", patch)
    with pytest.raises(ConflictError):
        world.patch(CONFIGS, "a", patch)


def test_an_unknown_media_type_is_refused(world: World) -> None:
    world.config("a")
    with pytest.raises(UnsupportedMediaTypeError) as caught:
        block(world.registry.patch(CONFIGS, "default", "a", Patch("application/yaml", {}), WriteOptions()))
    assert caught.value.message == (
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json"
    )


def test_a_failed_test_is_invalid(world: World) -> None:
    world.config("a", x="1")
    with pytest.raises(InvalidError) as caught:
        world.patch(CONFIGS, "a", [{"op": "test", "path": "/data/x", "value": "2"}], "json")
    assert caught.value.message == "the server rejected our request due to an error in our request"
    with pytest.raises(InvalidError):
        world.patch(CONFIGS, "a", [{"op": "remove", "path": "/data/nope"}], "json")


@pytest.mark.parametrize("kind", ["json", "merge", "strategic"])
def test_a_malformed_patch_is_a_bad_request(world: World, kind: str) -> None:
    world.config("a")
    with pytest.raises(BadRequestError):
        world.patch(CONFIGS, "a", "text", kind)


def test_a_patch_may_not_break_the_object(world: World) -> None:
    world.widget("a")
    with pytest.raises(InvalidError, match=r"patch: Invalid value: .* cannot unmarshal string"):
        world.patch(WIDGETS, "a", {"spec": {"replicas": "many"}})
    with pytest.raises(InvalidError, match=r"spec.replicas: Invalid value: -1"):
        world.patch(WIDGETS, "a", {"spec": {"replicas": -1}})
    with pytest.raises(BadRequestError):
        world.patch(WIDGETS, "a", [{"op": "remove", "path": "/metadata"}], "json")
    with pytest.raises(BadRequestError, match=r"does not match the name on the URL"):
        world.patch(WIDGETS, "a", {"metadata": {"name": "b"}})


def test_unknown_fields_of_a_patch_are_told_or_refused(world: World) -> None:
    world.widget("a")
    assert list(world.patch(WIDGETS, "a", {"spec": {"foo": 1}}).warnings) == ['unknown field "spec.foo"']
    with pytest.raises(InvalidError, match=r'strict decoding error: unknown field "spec.foo"'):
        world.patch(WIDGETS, "a", {"spec": {"foo": 1}}, field_validation="Strict")


def test_what_is_not_there_cannot_be_patched(world: World) -> None:
    with pytest.raises(NotFoundError):
        world.patch(CONFIGS, "a", {})


def test_status_is_patched_through_its_own_path(world: World) -> None:
    world.widget("a")
    answer = world.patch(WIDGETS, "a", {"status": {"phase": "Done"}, "spec": {"replicas": 9}}, sub="status")
    assert answer.object["status"] == {"phase": "Done"}
    assert answer.object["spec"]["replicas"] == 1
    assert world.patch(WIDGETS, "a", {"status": {"phase": "Other"}}).object["status"] == {"phase": "Done"}


def test_the_last_finalizer_may_go_by_a_patch(world: World) -> None:
    world.create(CONFIGS, {"metadata": {"name": "a", "finalizers": ["x.io/y"]}})
    world.delete(CONFIGS, "a")
    assert world.patch(CONFIGS, "a", [{"op": "remove", "path": "/metadata/finalizers"}], "json").deleted


def test_a_dry_run_patches_nothing(world: World) -> None:
    world.config("a", x="1")
    assert world.patch(CONFIGS, "a", {"data": {"x": "2"}}, dry_run=True).object["data"] == {"x": "2"}
    assert world.get(CONFIGS, "a")["data"] == {"x": "1"}
