"""The scriptable store fails, waits and loses its watches exactly as it is told, and keeps its promises otherwise."""

from collections.abc import Iterator

import pytest

from kubernel.errors import StoreUnavailableError
from kubernel.ports.store import Put, Store
from kubernel.testing.clock import FakeClock
from kubernel.testing.contracts.store import PATIENCE, RecordingWatcher, StoreContract, write
from kubernel.testing.memory_store import MemoryStore


class TestMemoryStoreThatIsNotEmbedded(StoreContract):
    @pytest.fixture
    def store(self) -> Iterator[Store]:
        store = MemoryStore(embedded=False)
        yield store
        store.close()

    def pass_time(self, store: Store, seconds: float) -> None:
        assert isinstance(store, MemoryStore)
        assert isinstance(store.clock, FakeClock)
        store.clock.advance(seconds)


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    store = MemoryStore()
    yield store
    store.close()


def test_the_next_commits_fail_as_told(store: MemoryStore) -> None:
    store.fail_next(StoreUnavailableError("away"), count=2)
    errors = [store.commit([Put("/a", b"1")]).exception(PATIENCE) for _ in range(3)]
    assert [str(error) for error in errors] == ["away", "away", "None"]
    assert store.revision() == 1
    assert len(store.commits) == 3


def test_commits_wait_until_they_are_released(store: MemoryStore) -> None:
    store.hold_commits()
    commits = [store.commit([Put(f"/{number}", b"1")]) for number in range(2)]
    assert not any(commit.done() for commit in commits)
    assert store.revision() == 0
    store.release_commits()
    assert [commit.result(PATIENCE) for commit in commits] == [1, 2]


def test_a_commit_that_is_cancelled_while_it_waits_is_not_written(store: MemoryStore) -> None:
    store.hold_commits()
    first, second = store.commit([Put("/a", b"1")]), store.commit([Put("/b", b"1")])
    assert second.cancel()
    store.release_commits()
    first.result(PATIENCE)
    assert write(store, Put("/c", b"1")) == 2
    assert store.get("/b") is None


def test_dropped_watches_are_told_why(store: MemoryStore) -> None:
    watcher = RecordingWatcher()
    store.watch("/", 0, watcher)
    store.drop_watches()
    assert isinstance(watcher.error, StoreUnavailableError)
    write(store, Put("/a", b"1"))
    assert watcher.changes == []


def test_deliveries_wait_until_they_are_released() -> None:
    store = MemoryStore(embedded=False)
    watcher, late = RecordingWatcher(), RecordingWatcher()
    store.watch("/", 0, watcher)
    write(store, Put("/a", b"1"))
    watcher.wait_for_revision(1)
    store.hold_deliveries()
    assert write(store, Put("/b", b"1")) == 2
    store.watch("/", 0, late)
    late.wait_for_revision(1)
    assert watcher.revision == 1
    store.release_deliveries()
    for told in (watcher, late):
        told.wait_for_revision(2)
        assert [change.key for change in told.changes] == ["/a", "/b"]
    store.close()
