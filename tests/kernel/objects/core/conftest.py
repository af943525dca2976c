"""Fixtures of the tests of the core kinds."""

from collections.abc import Iterator

import pytest

from kind_world import KindWorld


@pytest.fixture
def world() -> Iterator[KindWorld]:
    """A registry with the kernel's kinds."""
    found = KindWorld()
    yield found
    found.close()
