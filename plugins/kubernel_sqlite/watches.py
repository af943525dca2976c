"""The running watches of a store: who is told of which changes, and how a watch catches up with the past.

Everything is delivered on the writer's thread: the changes of a transaction to every watch before its commits are answered, and
the past of a new watch between two transactions, so that nothing comes between what was replayed and what follows live.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from kubernel.errors import StoreUnavailableError
from kubernel.ports.store import Change, Watcher

_log = logging.getLogger(__name__)


class SqliteWatch:
    """One watch; `close` waits for a delivery that is going on, unless it is called from within it."""

    def __init__(self, prefix: str, after_revision: int, watcher: Watcher, forget: Callable[["SqliteWatch"], None]) -> None:
        self.prefix = prefix
        self.seen = after_revision
        self._watcher = watcher
        self._forget = forget
        self._delivering = threading.RLock()
        self._closed = False

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        with self._delivering:
            self._closed = True
        self._forget(self)

    def deliver(self, changes: Sequence[Change], revision: int) -> None:
        """Tell of the changes that this watch has not seen yet; a watcher that raises has its watch ended."""
        with self._delivering:
            if self._closed or revision < self.seen:
                return
            prefix = self.prefix
            mine = [change for change in changes if change.key.startswith(prefix)]
            if mine and mine[0].revision <= self.seen:
                mine = [change for change in mine if change.revision > self.seen]
            self.seen = revision
            try:
                self._watcher.changed(mine, revision)
            except Exception as error:  # noqa: BLE001 - the writer's loop: a broken watcher must not stop the commits
                _log.exception("a watcher of %s failed", prefix or "everything")
                self.end(StoreUnavailableError(f"the watcher of {prefix!r} failed: {error}"))

    def end(self, reason: Exception) -> None:
        """Tell that it is over."""
        with self._delivering:
            if not self._closed:
                self._closed = True
                try:
                    self._watcher.failed(reason)
                except Exception:  # noqa: BLE001 - as above
                    _log.exception("a watcher of %s failed when told of its end", self.prefix or "everything")
        self._forget(self)


class Watches:
    """All live watches; those that are being caught up are not in here yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: tuple[SqliteWatch, ...] = ()

    def add(self, watch: SqliteWatch) -> None:
        with self._lock:
            if not watch.closed:
                self._live = (*self._live, watch)

    def forget(self, watch: SqliteWatch) -> None:
        with self._lock:
            self._live = tuple(other for other in self._live if other is not watch)

    def deliver(self, changes: Sequence[Change], revision: int) -> None:
        """Tell every watch of a transaction; also those that it does not concern, so that they know how far they are."""
        for watch in self._live:
            watch.deliver(changes, revision)

    def end(self, reason: Exception) -> None:
        for watch in self._live:
            watch.end(reason)

    def __len__(self) -> int:
        return len(self._live)
