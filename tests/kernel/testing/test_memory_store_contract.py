"""The scriptable store keeps the promises of a store."""

from collections.abc import Iterator

import pytest

from kubernel.ports.store import Store
from kubernel.testing.clock import FakeClock
from kubernel.testing.contracts.store import StoreContract
from kubernel.testing.memory_store import MemoryStore


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    @pytest.fixture
    def store(self, clock: FakeClock) -> Iterator[Store]:
        self.clock_in_use = clock
        store = MemoryStore(clock)
        yield store
        store.close()

    def pass_time(self, store: Store, seconds: float) -> None:
        self.clock_in_use.advance(seconds)
