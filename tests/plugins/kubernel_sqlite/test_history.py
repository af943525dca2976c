"""What is kept of the past, and how the file stays small: by count, by age, and by giving empty pages back."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kubernel.errors import CompactedError
from kubernel.ports.store import Delete, Put, Store
from kubernel.testing.clock import FakeClock
from kubernel.testing.contracts.store import RecordingWatcher, write
from kubernel_sqlite import retention, space
from kubernel_sqlite.config import SqliteConfig
from kubernel_sqlite.store import SqliteStore

Open = Callable[..., SqliteStore]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def open_store(tmp_path: Path, clock: FakeClock) -> Iterator[Open]:
    opened: list[SqliteStore] = []

    def open_store(retain_revisions: int = 100_000, retain_seconds: float = 300.0) -> SqliteStore:
        store = SqliteStore(SqliteConfig(tmp_path / "state.db", retain_revisions, retain_seconds), clock)
        opened.append(store)
        return store

    yield open_store
    for store in opened:
        store.close()


def kept(store: Store, revision: int) -> bool:
    """Whether a watch can begin after a revision; also waits until everything asked of the writer before was done."""
    watcher = RecordingWatcher()
    watch = store.watch("/", revision, watcher)
    watcher.wait(lambda told: told.error is not None or told.revision >= store.revision(), "waited for the watch")
    watch.close()
    assert watcher.error is None or isinstance(watcher.error, CompactedError)
    return watcher.error is None


def turn(clock: FakeClock, store: Store, seconds: int) -> None:
    """Let time pass as it does: the writer looks around between two ticks."""
    for _ in range(seconds // 10):
        clock.advance(10)
        upkeep(store, 1)


def upkeep(store: Store, steps: int) -> None:
    """Wait until the writer has done so many rounds, each with a step of whatever upkeep waits."""
    for _ in range(steps):
        store.compact(0)


def rows(store: SqliteStore) -> int:
    with store._database.exclusive():
        return int(store._database.writer.execute("SELECT count(*) FROM log").fetchone()[0])


def test_more_revisions_than_are_kept_are_forgotten_by_themselves(open_store: Open) -> None:
    store = open_store(retain_revisions=200)
    commits = [store.commit([Put("/a", b"1")]) for _ in range(5 * retention.STEP)]
    last = commits[-1].result(60)
    assert kept(store, last - 200)
    assert not kept(store, last - 200 - retention.STEP - 256)
    store.close()
    store = open_store()
    assert rows(store) <= 200 + 2 * retention.STEP
    assert store.revision() == last
    assert [entry.revision for entry in store.list("/").entries] == [last]


def test_what_is_older_than_asked_for_is_forgotten(open_store: Open, clock: FakeClock) -> None:
    store = open_store(retain_seconds=100)
    first = write(store, Put("/a", b"1"))
    turn(clock, store, 50)
    second = write(store, Put("/a", b"2"))
    turn(clock, store, 40)
    assert kept(store, first - 1)
    turn(clock, store, 20)
    assert not kept(store, first - 1)
    assert kept(store, first)
    turn(clock, store, 60)
    assert not kept(store, first)
    assert kept(store, second)
    with pytest.raises(CompactedError):
        store.list("/", revision=first)


def test_the_past_that_was_kept_is_still_there_after_a_restart(open_store: Open, clock: FakeClock) -> None:
    store = open_store(retain_seconds=100)
    first = write(store, Put("/a", b"1"))
    write(store, Put("/a", b"2"))
    store.close()
    store = open_store(retain_seconds=100)
    assert kept(store, first)
    assert [entry.value for entry in store.list("/", revision=first).entries] == [b"1"]
    turn(clock, store, 120)
    assert not kept(store, first)


def test_compaction_goes_on_after_a_restart(open_store: Open) -> None:
    store = open_store()
    last = [store.commit([Put("/a", b"1")]) for _ in range(3 * retention.STEP)][-1].result(60)
    store.compact(last)
    store.close()
    store = open_store()
    write(store, Put("/b", b"1"))
    write(store, Put("/b", b"2"))
    store.close()
    store = open_store()
    assert rows(store) <= 3
    assert not kept(store, last - 1)
    assert kept(store, last)


def test_churn_does_not_grow_the_file(open_store: Open, tmp_path: Path, clock: FakeClock) -> None:
    store = open_store(retain_revisions=100)
    sizes = []
    for number in range(8):
        commits = [store.commit([Put(f"/lease/{n}", os.urandom(700))]) for n in range(50) for _ in range(30)]
        commits[-1].result(60)
        turn(clock, store, 60)
        sizes.append(sum(file.stat().st_size for file in tmp_path.iterdir()))
        assert number < 3 or sizes[-1] <= 1.5 * sizes[2], sizes


def test_a_file_that_became_empty_shrinks(open_store: Open, tmp_path: Path, clock: FakeClock) -> None:
    store = open_store()
    for number in range(10):
        write(store, *(Put(f"/a/{number}/{row}", os.urandom(3000)) for row in range(300)))
    for number in range(10):
        write(store, *(Delete(f"/a/{number}/{row}") for row in range(300)))
    store.compact(store.revision())
    write(store, Put("/b", b"1"))
    upkeep(store, 10)
    turn(clock, store, 60)
    upkeep(store, 50)
    store.close()
    assert (tmp_path / "state.db").stat().st_size < 4096 * (space.EMPTY_PAGES_KEPT + 400)


def test_the_log_beside_the_file_stays_small(open_store: Open, tmp_path: Path) -> None:
    store = open_store()
    largest = 0
    for number in range(40):
        write(store, *(Put(f"/a/{row}", os.urandom(3000)) for row in range(200)))
        largest = max(largest, (tmp_path / "state.db-wal").stat().st_size)
        assert number < 2 or largest < 4096 * 2 * space.CHECKPOINT_PAGES


def test_a_long_reader_does_not_stop_the_writer(open_store: Open) -> None:
    store = open_store()
    write(store, Put("/a", b"1"))
    reader = store._database.take()
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM state").fetchone() == (1,)
    for _ in range(30):
        write(store, *(Put(f"/a/{row}", os.urandom(3000)) for row in range(200)))
    assert reader.execute("SELECT count(*) FROM state").fetchone() == (1,)
    reader.execute("ROLLBACK")
    store._database.give(reader)
    assert len(store.list("/").entries) == 201
