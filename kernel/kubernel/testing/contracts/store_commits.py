"""The store's contract on single values and commits: reading back, revisions, compare-and-set, limits."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from kubernel.errors import RevisionMismatchError, ValueTooLargeError
from kubernel.ports.store import Check, Delete, Entry, Put, Store
from kubernel.testing.contracts.store_case import PATIENCE, RecordingWatcher, StoreCase, refused, write


class CommitContract(StoreCase):
    """See the module."""

    def test_a_new_store_is_empty(self, store: Store) -> None:
        assert store.get("/a") is None
        page = store.list("")
        assert list(page.entries) == []
        assert page.remaining == 0

    def test_what_was_written_is_read_with_its_revision(self, store: Store) -> None:
        revision = write(store, Put("/a", b"1"))
        assert revision > 0
        assert store.get("/a") == Entry("/a", b"1", revision)
        assert store.revision() == revision

    @pytest.mark.parametrize("value", [b"", b"\x00", b"\xff\xfe\x00\x80", "ü€😀".encode(), bytes(range(256)) * 100])
    def test_a_value_is_any_bytes(self, store: Store, value: bytes) -> None:
        write(store, Put("/a", b"before"), Put("/b", value))
        revision = write(store, Put("/a", value, None), Put("/b", b"after"), Put("/c", value))
        assert store.get("/a") == Entry("/a", value, revision)
        watcher = RecordingWatcher()
        store.watch("/", revision - 1, watcher).close()
        watch = store.watch("/b", revision - 1, watcher)
        watcher.wait_for_revision(revision)
        watch.close()
        assert watcher.changes[-1].previous == value

    @pytest.mark.parametrize("key", ["/a b", "/ü", "/日本", "/😀", "/a'\"%_*", "/" + "n" * 1000])
    def test_a_key_is_any_text(self, store: Store, key: str) -> None:
        revision = write(store, Put(key, b"1"))
        assert store.get(key) == Entry(key, b"1", revision)
        assert [entry.key for entry in store.list(key).entries] == [key]

    def test_revisions_increase_over_the_whole_store(self, store: Store) -> None:
        revisions = [write(store, Put(f"/{name}", b"1")) for name in "abcabc"]
        assert revisions == sorted(set(revisions))

    def test_a_commit_is_one_revision(self, store: Store) -> None:
        write(store, Put("/b", b"1"), Put("/c", b"1"))
        revision = write(store, Put("/a", b"2"), Put("/b", b"2"), Delete("/c"))
        assert [(e.key, e.revision) for e in store.list("/").entries] == [("/a", revision), ("/b", revision)]

    def test_a_key_appears_once_in_a_commit(self, store: Store) -> None:
        with pytest.raises(ValueError, match="twice"):
            store.commit([Put("/a", b"1"), Delete("/a")])
        assert store.get("/a") is None

    def test_deleting_what_is_not_there_writes_nothing(self, store: Store) -> None:
        revision = write(store, Put("/a", b"1"))
        assert write(store, Delete("/b")) == revision
        assert write(store) == revision
        assert write(store, Check("/a", revision)) == revision
        assert store.revision() == revision

    def test_a_double_delete_deletes_once(self, store: Store) -> None:
        write(store, Put("/a", b"1"))
        first, second = store.commit([Delete("/a")]), store.commit([Delete("/a")])
        assert first.result(PATIENCE) == second.result(PATIENCE)
        assert store.get("/a") is None

    def test_a_value_that_is_too_large_is_refused(self, store: Store) -> None:
        limit = store.capabilities.max_value_bytes
        error = store.commit([Put("/b", b"1"), Put("/a", b"x" * (limit + 1))]).exception(PATIENCE)
        assert isinstance(error, ValueTooLargeError)
        assert "/a" in str(error)
        assert list(store.list("/").entries) == []

    def test_a_value_of_just_the_limit_is_taken(self, store: Store) -> None:
        value = b"x" * store.capabilities.max_value_bytes
        write(store, Put("/a", value))
        found = store.get("/a")
        assert found is not None
        assert found.value == value

    def test_a_creation_fails_where_there_is_something(self, store: Store) -> None:
        revision = write(store, Put("/a", b"1", expected=0))
        error = refused(store.commit([Put("/a", b"2", expected=0)]))
        assert (error.key, error.expected, error.found) == ("/a", 0, revision)
        assert store.get("/a") == Entry("/a", b"1", revision)

    def test_a_write_fails_where_the_revision_is_another(self, store: Store) -> None:
        old = write(store, Put("/a", b"1"))
        new = write(store, Put("/a", b"2", expected=old))
        for operation in (Put("/a", b"3", expected=old), Delete("/a", expected=old), Check("/a", old)):
            assert refused(store.commit([operation])).found == new
        assert store.get("/a") == Entry("/a", b"2", new)
        write(store, Delete("/a", expected=new))
        assert refused(store.commit([Put("/a", b"4", expected=new)])).found == 0

    def test_one_failing_check_leaves_nothing_of_its_commit(self, store: Store) -> None:
        revision = write(store, Put("/a", b"1"))
        refused(store.commit([Put("/b", b"1"), Delete("/a"), Check("/c", revision)]))
        assert [entry.key for entry in store.list("/").entries] == ["/a"]
        assert store.revision() == revision

    def test_a_failing_commit_does_not_disturb_its_neighbours(self, store: Store) -> None:
        commits = [store.commit([Put(f"/{number}", b"1", expected=number % 2)]) for number in range(40)]
        wait(commits, PATIENCE)
        for number, commit in enumerate(commits):
            assert (commit.exception(PATIENCE) is None) == (number % 2 == 0)
        assert len(store.list("/").entries) == 20

    def test_commits_in_a_row_see_each_other(self, store: Store) -> None:
        first = store.commit([Put("/a", b"1", expected=0)])
        second = store.commit([Put("/a", b"2", expected=0)])
        third = store.commit([Delete("/a")])
        fourth = store.commit([Put("/a", b"4", expected=0)])
        assert refused(second).found == first.result(PATIENCE)
        assert third.result(PATIENCE) < fourth.result(PATIENCE)
        assert store.get("/a") == Entry("/a", b"4", fourth.result())

    def test_of_many_threads_only_one_wins(self, store: Store) -> None:
        threads, rounds = 8, 10
        write(store, Put("/counter", b"0"))

        def count() -> None:
            for _ in range(rounds):
                while True:
                    found = store.get("/counter")
                    assert found is not None
                    value = str(int(found.value) + 1).encode()
                    error = store.commit([Put("/counter", value, expected=found.revision)]).exception(PATIENCE)
                    if error is None:
                        break
                    assert isinstance(error, RevisionMismatchError)

        with ThreadPoolExecutor(threads) as pool:
            for future in [pool.submit(count) for _ in range(threads)]:
                future.result(PATIENCE)
        found = store.get("/counter")
        assert found is not None
        assert found.value == str(threads * rounds).encode()

    def test_a_read_after_an_acknowledged_write_sees_it(self, store: Store) -> None:
        def write_and_read(thread: int) -> None:
            for number in range(20):
                key = f"/{thread}/{number}"
                revision = write(store, Put(key, b"1"))
                assert store.get(key) == Entry(key, b"1", revision)
                page = store.list(f"/{thread}/")
                assert page.revision >= revision
                assert len(page.entries) == number + 1

        with ThreadPoolExecutor(6) as pool:
            for future in [pool.submit(write_and_read, thread) for thread in range(6)]:
                future.result(PATIENCE)
