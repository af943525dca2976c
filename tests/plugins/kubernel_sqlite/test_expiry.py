"""Keys with a time to live: ended in time, one revision each, whether or not the store was open when their time came."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubernel.ports.store import Put
from kubernel.testing.clock import FakeClock
from kubernel.testing.contracts.store import RecordingWatcher, write
from kubernel_sqlite.config import SqliteConfig
from kubernel_sqlite.expiry import BATCH, GRAIN
from kubernel_sqlite.store import SqliteStore


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[SqliteStore]:
    store = SqliteStore(SqliteConfig(tmp_path / "state.db"), clock)
    yield store
    store.close()


def ended(watcher: RecordingWatcher, count: int) -> list[str]:
    watcher.wait(lambda told: len([c for c in told.changes if c.kind == "delete"]) >= count, f"waited for {count} deletions")
    return [change.key for change in watcher.changes if change.kind == "delete"]


def test_each_key_ends_with_a_revision_of_its_own(store: SqliteStore, clock: FakeClock) -> None:
    watcher = RecordingWatcher()
    store.watch("/", 0, watcher)
    count = 2 * BATCH + 10
    write(store, *(Put(f"/e/{number:04}", b"1", ttl=30) for number in range(count)), Put("/kept", b"1"))
    clock.advance(29)
    assert len(store.list("/").entries) == count + 1
    clock.advance(1)
    assert sorted(ended(watcher, count)) == [f"/e/{number:04}" for number in range(count)]
    revisions = [change.revision for change in watcher.changes if change.kind == "delete"]
    assert len(set(revisions)) == count
    assert [entry.key for entry in store.list("/").entries] == ["/kept"]


def test_the_sooner_key_ends_first_whichever_was_written_first(store: SqliteStore, clock: FakeClock) -> None:
    watcher = RecordingWatcher()
    store.watch("/", 0, watcher)
    write(store, Put("/late", b"1", ttl=100))
    write(store, Put("/soon", b"1", ttl=10))
    clock.advance(10)
    assert ended(watcher, 1) == ["/soon"]
    clock.wait_for_timers(2)
    clock.advance(90 + GRAIN)
    assert ended(watcher, 2) == ["/soon", "/late"]


def test_a_key_whose_time_came_while_nobody_was_there_ends_at_the_next_start(
    store: SqliteStore, clock: FakeClock, tmp_path: Path
) -> None:
    revision = write(store, Put("/a", b"1", ttl=10), Put("/b", b"1", ttl=1000))
    store.close()
    clock.advance(500)
    again = SqliteStore(SqliteConfig(tmp_path / "state.db"), clock)
    watcher = RecordingWatcher()
    again.watch("/", revision, watcher)
    clock.advance(GRAIN)
    assert ended(watcher, 1) == ["/a"]
    assert again.get("/b") is not None
    again.close()


def test_a_closed_store_leaves_no_timer(clock: FakeClock) -> None:
    store = SqliteStore(SqliteConfig(None), clock)
    write(store, Put("/a", b"1", ttl=10))
    store.close()
    assert clock.pending == []
