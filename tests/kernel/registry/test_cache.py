"""The watch cache: following, replaying, surviving."""

import threading
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubernel.errors import CompactedError, ExpiredError, RequestTimeoutError, ServiceUnavailableError, StoreUnavailableError
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.cache import WatchCache
from kubernel.registry.registry import Registry
from kubernel.registry.requests import Cached, CacheEvent
from kubernel.registry.state import State
from kubernel.registry.table import ResourceTable
from registry_world import CONFIGS, KINDS, NAMESPACES, Follower, World, keys, names
from waiting import eventually


def cache_of(world: World, definition: ResourceDefinition = CONFIGS) -> WatchCache:
    state: State = world.registry._state
    return state.cache(definition)


def test_a_read_after_a_write_sees_it(world: World) -> None:
    world.config("a", x="1")
    assert world.get(CONFIGS, "a")["data"] == {"x": "1"}
    world.patch(CONFIGS, "a", {"data": {"x": "2"}})
    assert world.get(CONFIGS, "a")["data"] == {"x": "2"}


def test_what_was_stored_before_is_there(world: World) -> None:
    world.config("a")
    registry = Registry(world.store, ResourceTable(KINDS), clock=world.clock)
    assert registry.get(CONFIGS, "default", "a").encoded == world.registry.get(CONFIGS, "default", "a").encoded
    registry.close()


def test_a_dict_is_made_only_when_somebody_asks(world: World) -> None:
    world.config("a", x="1")
    cached = world.registry.get(CONFIGS, "default", "a")
    assert cached.peek() is not cached.peek()
    assert cached.labels == {}
    assert cached.object is cached.object
    assert cached.peek() is cached.object


def test_a_deleted_object_is_shown_under_the_revision_of_its_end(world: World) -> None:
    world.config("a", x="1")
    cached = world.registry.get(CONFIGS, "default", "a")
    last = cached.at(77)
    assert last.encoded == cached.encoded.replace(f'"{cached.revision}"'.encode(), b'"77"')
    assert last.object["metadata"]["resourceVersion"] == "77"
    assert cached.object["metadata"]["resourceVersion"] != "77"
    assert cached.at(78).object["metadata"]["resourceVersion"] == "78"


def test_a_subscriber_hears_of_every_change(world: World) -> None:
    follower = Follower()
    world.config("before")
    subscription = world.registry.subscribe(CONFIGS, None, follower)
    assert keys(subscription.initial) == ["default/before"]
    world.config("a", x="1")
    world.patch(CONFIGS, "a", {"data": {"x": "2"}})
    world.delete(CONFIGS, "a")
    added, changed, removed = follower.seen
    assert added.old is None
    assert added.new is changed.old
    assert changed.new is removed.old
    assert removed.new is None
    assert removed.revision == world.store.revision() == follower.revision
    subscription.close()
    subscription.close()
    world.config("b")
    assert len(follower.seen) == 3


def test_a_watch_from_the_past_gets_what_it_missed(world: World) -> None:
    then = int(world.config("a").object["metadata"]["resourceVersion"])
    world.config("b")
    world.delete(CONFIGS, "a")
    follower = Follower()
    subscription = world.registry.subscribe(CONFIGS, then, follower)
    assert [(event.old and event.old.key, event.new and event.new.key) for event in subscription.backlog] == [
        (None, "default/b"),
        ("default/a", None),
    ]
    world.config("c")
    assert [event.new.key for event in follower.seen if event.new] == ["default/c"]


def test_a_watch_from_too_far_back_or_ahead_is_refused() -> None:
    world = World(options={"watch_window": 8})
    then = int(world.config("a").object["metadata"]["resourceVersion"])
    for number in range(20):
        world.patch(CONFIGS, "a", {"data": {"n": str(number)}})
    with pytest.raises(ExpiredError, match=rf"^too old resource version: {then} \(\d+\)$"):
        world.registry.subscribe(CONFIGS, then, Follower())
    with pytest.raises(RequestTimeoutError, match=r"^Too large resource version: 1000, current: "):
        world.registry.subscribe(CONFIGS, 1000, Follower())
    world.close()


def test_the_window_is_bounded_by_bytes_too(world: World) -> None:
    cache = WatchCache(world.store, CONFIGS, window_bytes=20_000)
    world.config("a", text="x" * 5000)
    cache.start()
    for number in range(20):
        world.patch(CONFIGS, "a", {"data": {"n": str(number)}})
    assert not cache.history.covers(world.store.revision() - 6)
    assert cache.history.covers(world.store.revision() - 2)
    cache.close()


def test_a_watch_may_begin_at_a_revision_of_another_resource(world: World) -> None:
    world.registry.warm([CONFIGS])
    revision = int(world.create(NAMESPACES, {"metadata": {"name": "n"}}, "").object["metadata"]["resourceVersion"])
    assert not world.registry.subscribe(CONFIGS, revision, Follower()).backlog
    assert world.list(CONFIGS, resource_version=str(revision)).revision >= revision


@pytest.mark.parametrize("error", [CompactedError(1, 5), StoreUnavailableError("away")])
def test_a_lost_watch_is_taken_up_again_without_a_gap(world: World, error: Exception) -> None:
    world.config("a")
    world.config("b")
    kept = world.registry.get(CONFIGS, "default", "a")
    follower = Follower()
    world.registry.subscribe(CONFIGS, None, follower)
    cache = cache_of(world)
    world.store.list_failures += [StoreUnavailableError("still away")]
    world.store.drop_watches(error)
    assert follower.error is error
    eventually(lambda: cache.live and cache_of(world, NAMESPACES).live)
    world.patch(CONFIGS, "b", {"data": {"x": "y"}})
    assert world.registry.get(CONFIGS, "default", "a") is kept
    assert world.get(CONFIGS, "b")["data"] == {"x": "y"}
    assert not follower.seen


def test_while_the_store_is_away_only_stale_reads_are_answered(world: World) -> None:
    world.config("a")
    cache = cache_of(world)
    cache._recover = lambda: None  # type: ignore[method-assign]
    world.store.drop_watches()
    with pytest.raises(ServiceUnavailableError):
        world.list(CONFIGS)
    with pytest.raises(ServiceUnavailableError):
        world.registry.subscribe(CONFIGS, None, Follower())
    with pytest.raises(ServiceUnavailableError):
        world.registry.fresh(CONFIGS)
    assert names(world.list(CONFIGS, resource_version="0")) == ["a"]


def test_closing_ends_subscriptions(world: World) -> None:
    follower = Follower()
    subscription = world.registry.subscribe(CONFIGS, None, follower)
    world.registry.close()
    assert isinstance(follower.error, ServiceUnavailableError)
    subscription.close()
    world.registry.close()


def test_a_store_that_is_not_embedded_is_read_fresh() -> None:
    world = World(embedded=False)
    world.registry.warm([CONFIGS])
    world.store.hold_deliveries()
    world.config("a", x="1")
    threading.Timer(0.05, world.store.release_deliveries).start()
    world.registry.fresh(CONFIGS)
    assert world.get(CONFIGS, "a")["data"] == {"x": "1"}
    world.close()


def test_a_write_to_a_store_that_is_not_embedded_does_not_trust_the_cache() -> None:
    world = World(embedded=False)
    world.registry.fresh(NAMESPACES)
    world.registry.warm([CONFIGS])
    world.store.hold_deliveries()
    world.config("a", x="1")
    assert world.patch(CONFIGS, "a", {"data": {"y": "2"}}).object["data"] == {"x": "1", "y": "2"}
    assert world.delete(CONFIGS, "a").deleted
    world.create(NAMESPACES, {"metadata": {"name": "late"}}, "")
    world.config("b", "late")
    world.store.release_deliveries()
    world.close()


class Copy:
    """A copy of a resource that only its events keep up to date."""

    def __init__(self, initial: Sequence[Cached], backlog: Sequence[CacheEvent]) -> None:
        self.state = {cached.key: cached.encoded for cached in initial}
        self.revision = 0
        self.events(backlog, 0)

    def events(self, events: Sequence[CacheEvent], revision: int) -> None:
        for event in events:
            assert event.revision > self.revision
            self.revision = event.revision
            changed = event.new or event.old
            assert changed is not None
            assert self.state.get(changed.key) == (event.old.encoded if event.old else None)
            if event.new is not None:
                self.state[changed.key] = event.new.encoded
            else:
                del self.state[changed.key]


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["put", "delete"]), st.integers(0, 5)), max_size=30),
    start=st.integers(0, 30),
)
def test_a_replayed_watch_ends_in_the_present_state(steps: list[tuple[str, int]], start: int) -> None:
    world = World()
    then: tuple[int, Sequence[Cached]] = (0, ())
    for position, (verb, number) in enumerate([*steps, ("put", 0)]):
        if position == min(start, len(steps)):
            answer = world.list(CONFIGS)
            then = answer.revision, answer.items
        name = f"c{number}"
        if verb == "put":
            world.update(CONFIGS, name, {"metadata": {"name": name}, "data": {"n": str(position)}})
        elif name in names(world.list(CONFIGS)):
            world.delete(CONFIGS, name)
    revision, initial = then
    subscription = world.registry.subscribe(CONFIGS, revision, Follower())
    copy = Copy(initial, subscription.backlog)
    assert copy.state == {cached.key: cached.encoded for cached in world.list(CONFIGS).items}
    world.close()


def test_concurrent_writers_and_followers_agree() -> None:
    world = World()
    follower = Follower()
    world.registry.subscribe(CONFIGS, None, follower)

    def write(thread: int) -> None:
        for number in range(30):
            world.config(f"t{thread}-{number}")

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    revisions = [event.revision for event in follower.seen]
    assert len(revisions) == 120
    assert revisions == sorted(set(revisions))
    assert {event.new.key for event in follower.seen if event.new} == set(keys(world.list(CONFIGS).items))
    assert world.store.revision() == world.list(CONFIGS).revision
    world.close()
