"""Watches of the embedded store beyond the contract: long replays, broken watchers, who is told what under load."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from kubernel.errors import StoreUnavailableError
from kubernel.ports.store import Change, Delete, Put
from kubernel.testing.contracts.store import RecordingWatcher, write
from kubernel_sqlite import replay
from kubernel_sqlite.config import SqliteConfig
from kubernel_sqlite.store import SqliteStore


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(SqliteConfig(tmp_path / "state.db" if request.param == "file" else None))
    yield store
    store.close()


class Broken(RecordingWatcher):
    def changed(self, changes: Sequence[Change], revision: int) -> None:
        super().changed(changes, revision)
        if changes:
            raise LookupError("the watcher's own fault")


def test_a_long_replay_comes_in_pieces_that_never_split_a_commit(store: SqliteStore) -> None:
    live = RecordingWatcher()
    store.watch("/w/", 0, live)
    for number in range(40):
        puts = [Put(f"/w/{(number * 3 + row) % 50}", f"{number}-{row}".encode()) for row in range(25)]
        write(store, *puts, Delete(f"/w/gone-{number - 1}"), Put(f"/w/gone-{number}", b"1"))
    late = RecordingWatcher()
    store.watch("/w/", 0, late)
    late.wait_for_revision(store.revision())
    assert late.changes == live.changes
    assert len(late.batches) > 2
    for changes, revision in late.batches[:-1]:
        assert len(changes) < replay.PIECE + 27
        assert changes[-1].revision == revision
        assert len([change for change in changes if change.revision == revision]) in (26, 27)


def test_a_watcher_that_raises_ends_its_own_watch_only(store: SqliteStore, caplog: pytest.LogCaptureFixture) -> None:
    broken, sound = Broken(), RecordingWatcher()
    store.watch("/w/", 0, broken)
    store.watch("/w/", 0, sound)
    with caplog.at_level(logging.CRITICAL, "kubernel_sqlite.watches"):
        write(store, Put("/w/a", b"1"))
        write(store, Put("/w/b", b"1"))
    assert [change.key for change in sound.changes] == ["/w/a", "/w/b"]
    assert [change.key for change in broken.changes] == ["/w/a"]
    assert isinstance(broken.error, StoreUnavailableError)
    assert "the watcher's own fault" in str(broken.error)


def test_a_watcher_may_write_close_and_compact(store: SqliteStore) -> None:
    class Busy(RecordingWatcher):
        def changed(self, changes: Sequence[Change], revision: int) -> None:
            super().changed(changes, revision)
            for change in changes:
                if change.key == "/w/start":
                    store.commit([Put("/w/answer", b"1")])
                    store.compact(revision)
                elif change.key == "/w/answer":
                    store.close()

    watcher = Busy()
    store.watch("/w/", 0, watcher)
    write(store, Put("/w/start", b"1"))
    assert isinstance(watcher.wait_for_error(), StoreUnavailableError)
    assert [change.key for change in watcher.changes] == ["/w/start", "/w/answer"]
    store.close()


def test_a_watch_of_the_future_waits_for_it(store: SqliteStore) -> None:
    watcher = RecordingWatcher()
    store.watch("/", 2, watcher)
    for name in "abc":
        write(store, Put(f"/{name}", b"1"))
    assert [change.key for change in watcher.changes] == ["/c"]


def test_a_cancelled_commit_is_not_written_or_was_too_late(store: SqliteStore) -> None:
    commits = [store.commit([Put(f"/{number}", b"1")]) for number in range(200)]
    cancelled = [commit.cancel() for commit in commits]
    write(store)
    there = {entry.key for entry in store.list("/").entries}
    assert there == {f"/{number}" for number, was in enumerate(cancelled) if not was}
