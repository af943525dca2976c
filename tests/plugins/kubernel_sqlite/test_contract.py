"""The embedded store keeps the promises of a store, in a file and in memory."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kubernel.ports.store import Store
from kubernel.testing.clock import FakeClock
from kubernel.testing.contracts.store import StoreContract
from kubernel_sqlite.config import SqliteConfig
from kubernel_sqlite.store import SqliteStore


class TestSqliteStoreInAFile(StoreContract):
    config = SqliteConfig(None)

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    @pytest.fixture
    def store(self, tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
        self.config = replace(self.config, path=tmp_path / "state.db")
        self.clock_in_use = clock
        store = SqliteStore(self.config, clock)
        yield store
        store.close()

    def reopen(self, store: Store) -> Store:
        store.close()
        return SqliteStore(self.config, self.clock_in_use)

    def pass_time(self, store: Store, seconds: float) -> None:
        # The timer is armed when the commit has been written, which an acknowledged write has.
        self.clock_in_use.advance(seconds)


class TestSqliteStoreInMemory(TestSqliteStoreInAFile):
    @pytest.fixture
    def store(self, tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
        self.clock_in_use = clock
        store = SqliteStore(SqliteConfig(None), clock)
        yield store
        store.close()
