"""The store's contract on watches: every change once and in order, from the past on, until closed."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from kubernel.ports.store import Change, Delete, Entry, Put, Store
from kubernel.testing.contracts.store_case import PATIENCE, RecordingWatcher, StoreCase, write


class WatchContract(StoreCase):
    """See the module."""

    def test_a_watch_tells_of_every_change_in_order(self, store: Store) -> None:
        start = write(store, Put("/w/0", b"0"))
        watcher = RecordingWatcher()
        watch = store.watch("/w/", start, watcher)
        created = write(store, Put("/w/a", b"1"))
        changed = write(store, Put("/w/a", b"2"), Put("/other", b"2"))
        deleted = write(store, Delete("/w/a"))
        watcher.wait_for_revision(deleted)
        watch.close()
        assert watcher.changes == [
            Change("put", "/w/a", b"1", created, None, 0),
            Change("put", "/w/a", b"2", changed, b"1", created),
            Change("delete", "/w/a", None, deleted, b"2", changed),
        ]

    def test_a_watch_replays_the_past_and_goes_on_without_a_gap(self, store: Store) -> None:
        revisions = [write(store, Put(f"/w/{number % 3}", str(number).encode())) for number in range(12)]
        revisions.append(write(store, Delete("/w/0"), Put("/w/1", b"both")))
        after = revisions[3]
        watcher = RecordingWatcher()
        watch = store.watch("/w/", after, watcher)
        revisions += [write(store, Put("/w/0", b"live"))]
        watcher.wait_for_revision(revisions[-1])
        watch.close()
        expected = [("put", f"/w/{number % 3}", revisions[number]) for number in range(4, 12)]
        both = sorted([("delete", "/w/0", revisions[12]), ("put", "/w/1", revisions[12])])
        assert watcher.seen[:8] == expected
        assert sorted(watcher.seen[8:10]) == both
        assert watcher.seen[10:] == [("put", "/w/0", revisions[13])]
        assert [change.value for change in watcher.changes[:8]] == [str(number).encode() for number in range(4, 12)]
        assert [change.previous for change in watcher.changes[:8]] == [str(number).encode() for number in range(1, 9)]

    def test_a_new_watch_says_how_far_the_past_goes_even_where_nothing_is_in_it(self, store: Store) -> None:
        write(store, Put("/other", b"1"))
        revision = write(store, Put("/other", b"2"))
        for after in (0, revision):
            watcher = RecordingWatcher()
            watch = store.watch("/w/", after, watcher)
            watcher.wait_for_revision(revision)
            watch.close()
            assert watcher.changes == []

    def test_a_watch_begun_in_the_middle_of_writes_misses_nothing(self, store: Store) -> None:
        watchers = [RecordingWatcher() for _ in range(5)]
        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(lambda: [write(store, Put(f"/w/{n % 7}", b"1")) for n in range(200)])
            watches = []
            for watcher in watchers:
                after = store.revision()
                watches.append((after, watcher, store.watch("/w/", after, watcher)))
            revisions = writing.result(PATIENCE)
        for after, watcher, watch in watches:
            watcher.wait_for_revision(revisions[-1])
            watch.close()
            assert [change.revision for change in watcher.changes] == [r for r in revisions if r > after]

    def test_a_watch_is_told_by_one_thread_whole_commits_at_a_time(self, store: Store) -> None:
        watcher = RecordingWatcher()
        watch = store.watch("/w/", store.revision(), watcher)
        commits = [store.commit([Put(f"/w/{n}/{part}", b"1") for part in range(3)]) for n in range(30)]
        watcher.wait_for_revision(max(commit.result(PATIENCE) for commit in commits))
        watch.close()
        assert len(watcher.changes) == 90
        ends = [revision for _, revision in watcher.batches]
        assert ends == sorted(ends)
        for changes, revision in watcher.batches:
            numbers = [change.revision for change in changes]
            assert numbers == sorted(numbers)
            assert len(numbers) % 3 == 0
            assert not numbers or numbers[-1] <= revision
        assert len(watcher.threads) == 1
        assert threading.get_ident() not in watcher.threads

    def test_an_embedded_store_tells_its_watches_before_it_answers(self, store: Store) -> None:
        self.needs(store, "embedded")
        watcher = RecordingWatcher()
        watch = store.watch("/w/", store.revision(), watcher)
        for number in range(20):
            revision = write(store, Put(f"/w/{number}", b"1"))
            assert watcher.seen[-1:] == [("put", f"/w/{number}", revision)]
        revision = write(store, Put("/elsewhere", b"1"))
        assert watcher.revision == revision
        watch.close()

    def test_a_closed_watch_is_told_nothing_more(self, store: Store) -> None:
        watcher, other = RecordingWatcher(), RecordingWatcher()
        watch = store.watch("/w/", store.revision(), watcher)
        still = store.watch("/w/", store.revision(), other)
        other.wait_for_revision(write(store, Put("/w/a", b"1")))
        watch.close()
        watch.close()
        told = len(watcher.changes)
        other.wait_for_revision(write(store, Put("/w/b", b"1")))
        still.close()
        assert len(watcher.changes) == told
        assert watcher.error is None

    def test_a_watch_may_be_closed_by_its_own_watcher(self, store: Store) -> None:
        class OneShot(RecordingWatcher):
            def changed(self, changes: Sequence[Change], revision: int) -> None:
                super().changed(changes, revision)
                if changes:
                    watch.close()

        watcher, other = OneShot(), RecordingWatcher()
        watch = store.watch("/w/", store.revision(), watcher)
        store.watch("/w/", store.revision(), other)
        write(store, Put("/w/a", b"1"))
        other.wait_for_revision(write(store, Put("/w/b", b"1")))
        assert [change.key for change in watcher.changes] == ["/w/a"]

    def test_a_watcher_may_read_the_store(self, store: Store) -> None:
        class Reader(RecordingWatcher):
            def changed(self, changes: Sequence[Change], revision: int) -> None:
                read.extend(store.get(change.key) for change in changes)
                read_revisions.append(store.list("/w/").revision)
                super().changed(changes, revision)

        read: list[Entry | None] = []
        read_revisions: list[int] = []
        first = write(store, Put("/w/past", b"1"))
        watcher = Reader()
        watch = store.watch("/w/", first - 1, watcher)
        second = write(store, Put("/w/live", b"2"))
        watcher.wait_for_revision(second)
        watch.close()
        assert read == [Entry("/w/past", b"1", first), Entry("/w/live", b"2", second)]
        assert read_revisions[-1] >= second
