"""The store's contract on lists: order, pages, one consistent snapshot, past revisions."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kubernel.errors import CompactedError
from kubernel.ports.store import Delete, Put, Store
from kubernel.testing.contracts.store_case import PATIENCE, StoreCase, write


class ListContract(StoreCase):
    """See the module."""

    def test_a_list_is_in_key_order_and_within_its_prefix(self, store: Store) -> None:
        for key in ("/b/2", "/a", "/b/10", "/b/1", "/bb", "/c", "/b"):
            write(store, Put(key, key.encode()))
        page = store.list("/b/")
        assert [(entry.key, entry.value) for entry in page.entries] == [
            ("/b/1", b"/b/1"),
            ("/b/10", b"/b/10"),
            ("/b/2", b"/b/2"),
        ]
        assert page.revision == store.revision()

    def test_a_list_goes_on_page_by_page(self, store: Store) -> None:
        write(store, *(Put(f"/p/{number:02}", b"1") for number in range(10)), Put("/q", b"1"))
        first = store.list("/p/", limit=4)
        assert ([entry.key for entry in first.entries], first.remaining) == ([f"/p/{n:02}" for n in range(4)], 6)
        second = store.list("/p/", start=first.entries[-1].key + "\x00", limit=4)
        assert ([entry.key for entry in second.entries], second.remaining) == ([f"/p/{n:02}" for n in range(4, 8)], 2)
        third = store.list("/p/", start=second.entries[-1].key + "\x00", limit=4)
        assert ([entry.key for entry in third.entries], third.remaining) == (["/p/08", "/p/09"], 0)
        assert store.list("/p/", limit=10).remaining == 0

    def test_a_list_never_shows_half_a_commit(self, store: Store) -> None:
        write(store, Put("/x/a", b"0"), Put("/x/b", b"0"))
        stop = threading.Event()

        def keep_writing() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                write(store, Put("/x/a", str(number).encode()), Put("/x/b", str(number).encode()))

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(keep_writing)
            try:
                for _ in range(50):
                    page = store.list("/x/")
                    a, b = page.entries
                    assert (a.value, a.revision) == (b.value, b.revision)
                    assert page.revision >= a.revision
            finally:
                stop.set()
            writing.result(PATIENCE)

    def test_a_list_answers_for_the_past(self, store: Store) -> None:
        self.needs(store, "historic_reads")
        first = write(store, Put("/h/a", b"1"), Put("/h/b", b"1"))
        second = write(store, Put("/h/a", b"2"), Put("/h/c", b"2"))
        third = write(store, Delete("/h/b"), Put("/i", b"3"))
        write(store, Put("/h/b", b"4"), Delete("/h/c"))

        def at(revision: int) -> list[tuple[str, bytes, int]]:
            page = store.list("/h/", revision=revision)
            assert page.revision == revision
            return [(entry.key, entry.value, entry.revision) for entry in page.entries]

        assert at(first) == [("/h/a", b"1", first), ("/h/b", b"1", first)]
        assert at(second) == [("/h/a", b"2", second), ("/h/b", b"1", first), ("/h/c", b"2", second)]
        assert at(third) == [("/h/a", b"2", second), ("/h/c", b"2", second)]
        page = store.list("/h/", revision=second, start="/h/b", limit=1)
        assert ([entry.key for entry in page.entries], page.remaining) == (["/h/b"], 1)

    def test_a_list_of_a_compacted_revision_fails(self, store: Store) -> None:
        self.needs(store, "historic_reads")
        old = write(store, Put("/a", b"1"))
        new = write(store, Put("/a", b"2"))
        store.compact(new)
        with pytest.raises(CompactedError):
            store.list("/", revision=old)
        assert [entry.value for entry in store.list("/", revision=new).entries] == [b"2"]
