"""A store that keeps everything in a dict: gone with the process, and short enough to read before writing a real one.

One thread does everything that has an order: commits, expiry, telling watches. Reads only take a lock.
"""

import heapq
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager

from kubernel.errors import CompactedError, RevisionMismatchError, StoreError, StoreUnavailableError, ValueTooLargeError
from kubernel.ports.store import Change, Delete, Entry, Operation, Page, Put, StoreCapabilities, Watch, Watcher

KEPT_CHANGES = 50_000
IDLE_SECONDS = 3600.0


class DictWatch:
    """One watch; its lock is what `close` waits on while a call is going on."""

    def __init__(self, prefix: str, seen: int, watcher: Watcher) -> None:
        self.prefix, self.seen, self.watcher = prefix, seen, watcher
        self.lock, self.closed = threading.RLock(), False

    def close(self) -> None:
        with self.lock:
            self.closed = True

    def tell(self, changes: Sequence[Change], revision: int) -> None:
        with self.lock:
            if not self.closed:
                mine = [change for change in changes if change.revision > self.seen and change.key.startswith(self.prefix)]
                self.seen = revision
                self.watcher.changed(mine, revision)

    def fail(self, error: Exception) -> None:
        with self.lock:
            if not self.closed:
                self.closed = True
                self.watcher.failed(error)


class DictStore:
    """See the module."""

    capabilities = StoreCapabilities(embedded=True, durable=False, max_value_bytes=2 << 20, historic_reads=False)

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._changes: list[Change] = []
        self._revision = self._compacted = 0
        self._expiries: list[tuple[float, str, int]] = []
        self._watches: list[DictWatch] = []
        self._lock, self._closed = threading.RLock(), False
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="dict-store", daemon=True)
        self._thread.start()

    def get(self, key: str) -> Entry | None:
        with self._opened():
            return self._entries.get(key)

    def list(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        with self._opened():
            if revision not in (0, self._revision):
                raise CompactedError(revision, self._revision)
            keys = sorted(key for key in self._entries if key.startswith(prefix) and key >= start)
            shown = keys[:limit] if limit else keys
            return Page([self._entries[key] for key in shown], self._revision, len(keys) - len(shown))

    def commit(self, operations: Sequence[Operation]) -> Future[int]:
        if len({operation.key for operation in operations}) < len(operations):
            raise ValueError("a key appears twice in one commit")
        future: Future[int] = Future()
        try:
            with self._opened():
                self._tasks.put(lambda: self._commit(operations, future))
        except StoreUnavailableError as error:
            future.set_exception(error)
        return future

    def watch(self, prefix: str, after_revision: int, watcher: Watcher) -> Watch:
        watch = DictWatch(prefix, after_revision, watcher)
        with self._opened():
            self._tasks.put(lambda: self._begin(watch))
        return watch

    def compact(self, revision: int) -> None:
        with self._opened():
            self._compacted = max(self._compacted, min(revision, self._revision))
            self._changes = [change for change in self._changes if change.revision > self._compacted]

    def revision(self) -> int:
        return self._revision

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                self._tasks.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    @contextmanager
    def _opened(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise StoreUnavailableError("the store is closed")
            yield

    # --- on the store's thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            due = self._expiries[0][0] - time.monotonic() if self._expiries else IDLE_SECONDS
            try:
                task = self._tasks.get(timeout=max(due, 0.0))
            except queue.Empty:
                self._expire()
                continue
            if task is None:
                break
            task()
        for watch in self._watches:
            watch.fail(StoreUnavailableError("the store is closed"))

    def _expire(self) -> None:
        while self._expiries and self._expiries[0][0] <= time.monotonic():
            _, key, revision = heapq.heappop(self._expiries)
            self._commit([Delete(key, revision)], Future())

    def _commit(self, operations: Sequence[Operation], future: Future[int]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            with self._lock:
                changes = self._apply(operations)
        except StoreError as error:
            future.set_exception(error)
            return
        if changes:
            self._watches = [watch for watch in self._watches if not watch.closed]
            for watch in self._watches:
                watch.tell(changes, self._revision)
        future.set_result(self._revision)

    def _apply(self, operations: Sequence[Operation]) -> Sequence[Change]:
        for operation in operations:
            there = self._entries.get(operation.key)
            found = there.revision if there else 0
            if operation.expected is not None and operation.expected != found:
                raise RevisionMismatchError(operation.key, operation.expected, found)
            if isinstance(operation, Put) and len(operation.value) > self.capabilities.max_value_bytes:
                raise ValueTooLargeError(f"the value of {operation.key} is too large")
        revision, changes = self._revision + 1, []
        for operation in operations:
            there = self._entries.get(operation.key)
            before = (there.value, there.revision) if there else (None, 0)
            if isinstance(operation, Put):
                self._entries[operation.key] = Entry(operation.key, operation.value, revision)
                changes.append(Change("put", operation.key, operation.value, revision, *before))
                if operation.ttl is not None:
                    heapq.heappush(self._expiries, (time.monotonic() + operation.ttl, operation.key, revision))
            elif isinstance(operation, Delete) and there:
                del self._entries[operation.key]
                changes.append(Change("delete", operation.key, None, revision, *before))
        if changes:
            self._revision = revision
            self._changes += changes
            if len(self._changes) > KEPT_CHANGES:
                self.compact(self._changes[KEPT_CHANGES // 2].revision)
        return changes

    def _begin(self, watch: DictWatch) -> None:
        with self._lock:
            compacted, past = self._compacted, list(self._changes)
        if watch.seen < compacted:
            watch.fail(CompactedError(watch.seen, compacted))
        else:
            watch.tell(past, self._revision)
            self._watches.append(watch)
