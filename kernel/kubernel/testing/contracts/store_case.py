"""What every part of the store's contract shares: the fixture to fill in, what a store may offer, a watcher that takes notes."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import pytest

from kubernel.errors import RevisionMismatchError
from kubernel.ports.store import Change, Operation, Store

PATIENCE = 60.0
"""Seconds until a promise counts as broken; nothing waits that long when all is well."""


class RecordingWatcher:
    """Writes down what it is told, and lets a test wait for it."""

    def __init__(self) -> None:
        self._told = threading.Condition()
        self.changes: list[Change] = []
        self.batches: list[tuple[Sequence[Change], int]] = []
        self.revision = 0
        self.error: Exception | None = None
        self.threads: set[int] = set()

    def changed(self, changes: Sequence[Change], revision: int) -> None:
        with self._told:
            self.changes += changes
            self.batches.append((changes, revision))
            self.revision = revision
            self.threads.add(threading.get_ident())
            self._told.notify_all()

    def failed(self, error: Exception) -> None:
        with self._told:
            self.error = error
            self._told.notify_all()

    def wait(self, condition: Callable[["RecordingWatcher"], bool], what: str) -> None:
        """Wait until something is true of what was told."""
        with self._told:
            assert self._told.wait_for(lambda: condition(self), PATIENCE), f"{what}; told so far: {self.changes}"

    def wait_for_revision(self, revision: int) -> None:
        self.wait(lambda told: told.revision >= revision, f"waited for revision {revision}, told of {self.revision}")

    def wait_for_error(self) -> Exception:
        self.wait(lambda told: told.error is not None, "waited for the end of the watch")
        assert self.error is not None
        return self.error

    @property
    def seen(self) -> list[tuple[str, str, int]]:
        """kind, key, revision of each change."""
        return [(change.kind, change.key, change.revision) for change in self.changes]


def write(store: Store, *operations: Operation) -> int:
    """Commit and wait."""
    return store.commit(operations).result(PATIENCE)


def refused(future: Future[int]) -> RevisionMismatchError:
    error = future.exception(PATIENCE)
    assert isinstance(error, RevisionMismatchError), f"a refusal was expected, found {error!r}"
    return error


class StoreCase:
    """The base of every part; see `kubernel.testing.contracts.store`."""

    @pytest.fixture
    def store(self) -> Store:
        """An empty store; closed after the test (closing it twice is a no-op)."""
        raise NotImplementedError("give the contract a store")

    def reopen(self, store: Store) -> Store:
        """Close the store and open it again on the same data; where `durable`."""
        pytest.skip("capability not declared: durable")

    def another(self, store: Store) -> Store:
        """A second handle on the same data, as another process would have."""
        pytest.skip("capability not declared: several handles on one store")

    def pass_time(self, store: Store, seconds: float) -> None:
        """Turn the store's clock, where it has one that tests turn; otherwise time passes by itself."""

    def needs(self, store: Store, capability: str) -> None:
        if not getattr(store.capabilities, capability):
            pytest.skip(f"capability not declared: {capability}")
