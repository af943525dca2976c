"""What clients are told when the store cannot do what it should."""

from collections.abc import Callable

import pytest

from kubernel.errors import (
    RequestEntityTooLargeError,
    ServiceUnavailableError,
    StoreUnavailableError,
    ValueTooLargeError,
)
from registry_world import CONFIGS, World, names


def test_a_store_that_is_away_is_a_reason_to_come_again(world: World) -> None:
    world.config("a")
    writes: list[Callable[[], object]] = [
        lambda: world.config("b"),
        lambda: world.patch(CONFIGS, "a", {"data": {"x": "y"}}),
        lambda: world.delete(CONFIGS, "a"),
    ]
    for write in writes:
        world.store.fail_next(StoreUnavailableError("disk full"))
        with pytest.raises(ServiceUnavailableError, match=r"the store is not available: disk full") as caught:
            write()
        assert caught.value.retry_after == 1
    assert names(world.list(CONFIGS)) == ["a"]


def test_what_the_store_cannot_hold_is_too_large(world: World) -> None:
    world.store.fail_next(ValueTooLargeError("no more than a kilobyte"))
    with pytest.raises(RequestEntityTooLargeError, match=r"no more than a kilobyte"):
        world.config("b")


def test_a_cache_that_cannot_begin_begins_later(world: World) -> None:
    world.store.list_failures.append(StoreUnavailableError("away"))
    with pytest.raises(ServiceUnavailableError):
        world.list(CONFIGS)
    assert not world.list(CONFIGS).items


def test_a_store_that_is_not_embedded_may_be_away_for_reads_too() -> None:
    world = World(embedded=False)
    world.registry.fresh(CONFIGS)
    world.store.close()
    with pytest.raises(ServiceUnavailableError):
        world.patch(CONFIGS, "a", {})
    world.registry.close()
