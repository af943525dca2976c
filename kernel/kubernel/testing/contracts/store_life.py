"""The store's contract on the passing of time: compaction, times to live, closing, opening again, a second handle."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from kubernel.errors import CompactedError, StoreUnavailableError
from kubernel.ports.store import Change, Delete, Entry, Put, Store
from kubernel.testing.contracts.store_case import PATIENCE, RecordingWatcher, StoreCase, refused, write


class LifeContract(StoreCase):
    """See the module."""

    def test_a_watch_from_a_compacted_revision_is_told_so(self, store: Store) -> None:
        revisions = [write(store, Put("/a", str(number).encode())) for number in range(5)]
        store.compact(revisions[3])
        watcher = RecordingWatcher()
        store.watch("/", revisions[1], watcher)
        error = watcher.wait_for_error()
        assert isinstance(error, CompactedError)
        assert error.revision == revisions[1]
        assert watcher.changes == []

    def test_a_watch_from_a_kept_revision_sees_the_previous_values_after_compaction(self, store: Store) -> None:
        revisions = [write(store, Put("/a", str(number).encode())) for number in range(5)]
        store.compact(revisions[3])
        watcher = RecordingWatcher()
        watch = store.watch("/", revisions[3], watcher)
        watcher.wait_for_revision(revisions[4])
        watch.close()
        assert watcher.changes == [Change("put", "/a", b"4", revisions[4], b"3", revisions[3])]

    def test_compaction_leaves_the_present_and_running_watches_alone(self, store: Store) -> None:
        watcher = RecordingWatcher()
        watch = store.watch("/", store.revision(), watcher)
        write(store, Put("/a", b"1"), Put("/b", b"1"))
        revision = write(store, Delete("/b"))
        store.compact(revision)
        store.compact(revision)
        store.compact(revision + 1000)
        assert store.revision() == revision
        assert [entry.key for entry in store.list("/").entries] == ["/a"]
        last = write(store, Put("/c", b"1"))
        assert last > revision
        watcher.wait_for_revision(last)
        watch.close()
        assert watcher.error is None
        assert len(watcher.changes) == 4

    def test_a_key_with_a_time_to_live_is_deleted_and_watches_see_it(self, store: Store) -> None:
        watcher = RecordingWatcher()
        watch = store.watch("/t/", store.revision(), watcher)
        written = write(store, Put("/t/a", b"1", ttl=2), Put("/t/b", b"1"))
        self.pass_time(store, 1)
        found = store.get("/t/a")
        assert found is not None
        self.pass_time(store, 5)
        watcher.wait(lambda told: len(told.changes) == 3, "waited for the end of /t/a")
        watch.close()
        gone = watcher.changes[2]
        assert (gone.kind, gone.key, gone.previous, gone.previous_revision) == ("delete", "/t/a", b"1", written)
        assert gone.revision > written
        assert [entry.key for entry in store.list("/t/").entries] == ["/t/b"]

    def test_a_later_write_renews_or_ends_the_time_to_live(self, store: Store) -> None:
        watcher = RecordingWatcher()
        watch = store.watch("/t/", store.revision(), watcher)
        write(store, Put("/t/kept", b"1", ttl=2), Put("/t/gone", b"1", ttl=2))
        write(store, Put("/t/kept", b"2"))
        self.pass_time(store, 6)
        watcher.wait(lambda told: any(change.kind == "delete" for change in told.changes), "waited for the end of /t/gone")
        watch.close()
        assert [change.key for change in watcher.changes if change.kind == "delete"] == ["/t/gone"]
        assert store.get("/t/kept") is not None

    def test_close_finishes_what_was_accepted_and_ends_watches(self, store: Store) -> None:
        watcher = RecordingWatcher()
        store.watch("/", store.revision(), watcher)
        commits = [store.commit([Put(f"/{number}", b"1")]) for number in range(50)]
        store.close()
        store.close()
        assert all(commit.exception(PATIENCE) is None for commit in commits)
        assert isinstance(watcher.wait_for_error(), StoreUnavailableError)
        assert len(watcher.changes) == 50

    def test_a_closed_store_says_so(self, store: Store) -> None:
        write(store, Put("/a", b"1"))
        store.close()
        assert isinstance(store.commit([Put("/a", b"2")]).exception(PATIENCE), StoreUnavailableError)
        with pytest.raises(StoreUnavailableError):
            store.get("/a")
        with pytest.raises(StoreUnavailableError):
            store.list("/")
        with pytest.raises(StoreUnavailableError):
            store.watch("/", 0, RecordingWatcher())

    def test_close_in_the_middle_of_writes_answers_every_commit(self, store: Store) -> None:
        started = threading.Event()

        def keep_writing() -> list[Future[int]]:
            commits = []
            for number in range(300):
                commits.append(store.commit([Put(f"/{number}", b"1")]))
                started.set()
            return commits

        with ThreadPoolExecutor(4) as pool:
            writing = [pool.submit(keep_writing) for _ in range(4)]
            assert started.wait(PATIENCE)
            store.close()
            commits = [commit for future in writing for commit in future.result(PATIENCE)]
        errors = [commit.exception(PATIENCE) for commit in commits]
        assert all(error is None or isinstance(error, StoreUnavailableError) for error in errors)

    def test_a_reopened_store_has_everything_and_its_revision_goes_on(self, store: Store) -> None:
        self.needs(store, "durable")
        first = write(store, Put("/a", b"1"), Put("/b", b"1"))
        last = write(store, Delete("/b"))
        store = self.reopen(store)
        try:
            assert store.revision() == last
            assert list(store.list("/").entries) == [Entry("/a", b"1", first)]
            watcher = RecordingWatcher()
            watch = store.watch("/", first, watcher)
            assert write(store, Put("/c", b"1")) > last
            watcher.wait_for_revision(last + 1)
            watch.close()
            assert watcher.seen == [("delete", "/b", last), ("put", "/c", store.revision())]
        finally:
            store.close()

    def test_the_revision_survives_even_where_everything_is_deleted_and_compacted(self, store: Store) -> None:
        self.needs(store, "durable")
        write(store, Put("/a", b"1"))
        last = write(store, Delete("/a"))
        store.compact(last)
        store = self.reopen(store)
        try:
            assert store.revision() == last
            watcher = RecordingWatcher()
            store.watch("/", last - 1, watcher)
            assert isinstance(watcher.wait_for_error(), CompactedError)
            assert write(store, Put("/a", b"1", expected=0)) > last
        finally:
            store.close()

    def test_two_handles_see_each_others_writes(self, store: Store) -> None:
        other = self.another(store)
        try:
            watcher = RecordingWatcher()
            watch = other.watch("/", other.revision(), watcher)
            first = write(store, Put("/a", b"1", expected=0))
            refused(other.commit([Put("/a", b"2", expected=0)]))
            second = write(other, Put("/a", b"2", expected=first))
            assert store.get("/a") == Entry("/a", b"2", second)
            watcher.wait_for_revision(second)
            watch.close()
            assert [change.revision for change in watcher.changes] == [first, second]
        finally:
            other.close()
