"""The world that the registry's tests share."""

from collections.abc import Iterator

import pytest

from registry_world import World


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()
