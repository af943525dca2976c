"""Views: one resource seen as another."""

import pytest

from kubernel.errors import AlreadyExistsError, NotFoundError
from kubernel.types.selectors import parse_field_selector, parse_label_selector
from registry_world import CONFIGS, VIEWS, Follower, World, names


def test_an_object_is_seen_both_ways(world: World) -> None:
    answer = world.create(VIEWS, {"metadata": {"name": "a"}, "entries": {"x": "1"}})
    assert answer.object["kind"] == "View"
    assert answer.object["apiVersion"] == "view.io/v1"
    assert answer.object["entries"] == {"x": "1"}
    stored = world.get(CONFIGS, "a")
    assert stored["kind"] == "Config"
    assert stored["data"] == {"x": "1"}
    seen = world.registry.get(VIEWS, "default", "a")
    assert seen.object == answer.object
    assert seen.encoded.startswith(b'{"kind":"View","apiVersion":"view.io/v1","metadata":{"resourceVersion":')


def test_lists_and_watches_are_translated(world: World) -> None:
    world.create(CONFIGS, {"metadata": {"name": "a", "labels": {"l": "m"}}, "data": {"x": "1"}})
    world.config("b")
    answer = world.list(VIEWS, labels=parse_label_selector("l=m"))
    assert names(answer) == ["a"]
    assert answer.items[0].object["entries"] == {"x": "1"}
    follower = Follower()
    subscription = world.registry.subscribe(VIEWS, None, follower)
    assert [cached.object["kind"] for cached in subscription.initial] == ["View", "View"]
    world.patch(CONFIGS, "a", {"data": {"x": "2"}})
    world.delete(CONFIGS, "a")
    changed, removed = follower.seen
    assert changed.old
    assert changed.new
    assert (changed.old.object["entries"], changed.new.object["entries"]) == ({"x": "1"}, {"x": "2"})
    assert removed.old
    assert removed.old.object["kind"] == "View"
    past = world.registry.subscribe(VIEWS, answer.revision, Follower())
    assert [event.new and event.new.object["kind"] for event in past.backlog] == ["View", None]
    subscription.close()
    world.config("c")
    assert len(follower.seen) == 2


def test_a_views_fields_are_read_off_the_stored_object(world: World) -> None:
    world.config("a", x="1")
    world.config("b", x="2")
    answer = world.list(VIEWS, fields=parse_field_selector("entries.x=2"))
    assert names(answer) == ["b"]
    assert answer.items[0].at(99).fields(VIEWS)["entries.x"] == "2"


def test_writes_go_through_the_view(world: World) -> None:
    world.config("a", x="1")
    assert world.patch(VIEWS, "a", {"entries": {"y": "2"}}).object["entries"] == {"x": "1", "y": "2"}
    assert world.update(VIEWS, "a", {"metadata": {"name": "a"}, "entries": {"z": "3"}}).object["entries"] == {"z": "3"}
    assert world.get(CONFIGS, "a")["data"] == {"z": "3"}
    assert world.update(VIEWS, "a", {"metadata": {"name": "a"}, "entries": {"z": "3"}}).object["kind"] == "View"
    assert world.delete(VIEWS, "a").object["kind"] == "View"


def test_errors_speak_of_the_view(world: World) -> None:
    with pytest.raises(NotFoundError, match=r'^views.view.io "a" not found$'):
        world.registry.get(VIEWS, "default", "a")
    world.config("a")
    with pytest.raises(AlreadyExistsError, match=r'^views.view.io "a" already exists$'):
        world.create(VIEWS, {"metadata": {"name": "a"}})
