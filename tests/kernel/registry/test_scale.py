"""The scale subresource."""

import pytest

from kubernel.errors import BadRequestError, ConflictError, InvalidError, NotFoundError
from registry_world import CONFIGS, WIDGETS, World


def scale(name: str, replicas: int, **metadata: str) -> object:
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {"name": name, **metadata},
        "spec": {"replicas": replicas},
    }


def test_a_scale_shows_what_is_and_what_should_be(world: World) -> None:
    created = world.widget("a", replicas=3, selector={"matchLabels": {"b": "2", "a": "1"}}).object["metadata"]
    world.patch(WIDGETS, "a", {"status": {"replicas": 2}}, sub="status")
    cached = world.registry.get(WIDGETS, "default", "a", "scale")
    assert cached.object["kind"] == "Scale"
    assert cached.object["apiVersion"] == "autoscaling/v1"
    assert cached.object["metadata"]["uid"] == created["uid"]
    assert cached.object["spec"] == {"replicas": 3}
    assert cached.object["status"] == {"replicas": 2, "selector": "a=1,b=2"}
    assert cached.encoded.startswith(b'{"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{')


def test_a_scale_changes_the_object(world: World) -> None:
    world.widget("a")
    answer = world.update(WIDGETS, "a", scale("a", 5), sub="scale")
    assert answer.object["kind"] == "Scale"
    assert answer.object["spec"] == {"replicas": 5}
    assert world.get(WIDGETS, "a")["spec"]["replicas"] == 5
    assert world.get(WIDGETS, "a")["metadata"]["generation"] == 2
    assert answer.object["metadata"]["resourceVersion"] == world.get(WIDGETS, "a")["metadata"]["resourceVersion"]


@pytest.mark.parametrize("kind", ["merge", "strategic"])
def test_a_scale_is_patched(world: World, kind: str) -> None:
    world.widget("a")
    assert world.patch(WIDGETS, "a", {"spec": {"replicas": 7}}, kind, sub="scale").object["spec"] == {"replicas": 7}
    assert world.get(WIDGETS, "a")["spec"]["replicas"] == 7


def test_to_nothing_and_back(world: World) -> None:
    world.widget("a")
    assert world.update(WIDGETS, "a", scale("a", 0), sub="scale").object["spec"] == {}
    assert world.get(WIDGETS, "a")["spec"]["replicas"] == 0
    patch = [{"op": "add", "path": "/spec/replicas", "value": 2}]
    assert world.patch(WIDGETS, "a", patch, "json", sub="scale").object["spec"] == {"replicas": 2}


def test_what_is_wrong_with_a_scale_is_said_of_the_scale(world: World) -> None:
    world.widget("a")
    with pytest.raises(InvalidError) as caught:
        world.update(WIDGETS, "a", scale("a", -1), sub="scale")
    assert caught.value.message == (
        'Scale.autoscaling "a" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0'
    )
    with pytest.raises(BadRequestError):
        world.update(WIDGETS, "a", scale("b", 1), sub="scale")


def test_a_scale_that_was_seen_earlier_is_a_conflict(world: World) -> None:
    version = world.widget("a").object["metadata"]["resourceVersion"]
    world.update(WIDGETS, "a", scale("a", 2, resourceVersion=version), sub="scale")
    with pytest.raises(ConflictError):
        world.update(WIDGETS, "a", scale("a", 3, resourceVersion=version), sub="scale")


def test_what_cannot_be_scaled_has_no_scale(world: World) -> None:
    world.config("a")
    with pytest.raises(NotFoundError):
        world.update(CONFIGS, "a", scale("a", 1), sub="scale")
    with pytest.raises(BadRequestError):
        world.registry.get(CONFIGS, "default", "a", "scale")
