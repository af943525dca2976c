"""A store that a test scripts: it keeps every promise of the port until it is told to fail, to wait, or to lose its watches.

It holds everything in dicts and has one thread of its own, as a real store has, so that code which would deadlock or race on a
real one does so here too. The script:

- `fail_next(error)` fails the next commit with nothing written;
- `hold_commits()` makes commits wait until `release_commits()`;
- `drop_watches(error)` ends every watch, as a lost connection does;
- `hold_deliveries()` keeps changes back until `release_deliveries()`, for a store that is not embedded (`embedded=False`), whose
  commits are answered before their changes are delivered;
- `compact`, `pass_time` through its clock, and `commits` for what was asked of it so far.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from kubernel.errors import (
    CompactedError,
    RevisionMismatchError,
    StoreError,
    StoreUnavailableError,
    ValueTooLargeError,
)
from kubernel.ports.clock import Clock
from kubernel.ports.store import Change, Delete, Entry, Operation, Page, Put, StoreCapabilities, Watch, Watcher
from kubernel.testing.clock import FakeClock

MAX_VALUE_BYTES = 3 << 19


class MemoryWatch:
    """One watch of a `MemoryStore`."""

    def __init__(self, prefix: str, after_revision: int, watcher: Watcher) -> None:
        self.prefix, self.seen, self._watcher = prefix, after_revision, watcher
        self._delivering = threading.RLock()
        self.closed = False

    def close(self) -> None:
        with self._delivering:
            self.closed = True

    def deliver(self, changes: Sequence[Change], revision: int) -> None:
        with self._delivering:
            if not self.closed and revision >= self.seen:
                mine = [change for change in changes if change.key.startswith(self.prefix) and change.revision > self.seen]
                self.seen = revision
                self._watcher.changed(mine, revision)

    def end(self, reason: Exception) -> None:
        with self._delivering:
            if not self.closed:
                self.closed = True
                self._watcher.failed(reason)


class MemoryStore:
    """See the module. `clock` is turned by the test; `commits` lists the operations of every commit that was tried."""

    def __init__(self, clock: Clock | None = None, *, embedded: bool = True) -> None:
        self.clock: Clock = clock or FakeClock()
        self.commits: list[Sequence[Operation]] = []
        self._capabilities = StoreCapabilities(embedded, False, MAX_VALUE_BYTES, historic_reads=True)
        self._lock = threading.RLock()
        self._state: dict[str, Entry] = {}
        self._log: list[Change] = []
        self._revision = 0
        self._compacted = 0
        self._failures: deque[StoreError] = deque()
        self._watches: list[MemoryWatch] = []
        self._undelivered: list[tuple[Sequence[Change], int]] = []
        self._commits_may_go = threading.Event()
        self._commits_may_go.set()
        self._deliveries_may_go = True
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="memory-store", daemon=True)
        self._thread.start()

    # --- the script --------------------------------------------------------------------------------------------------------

    def fail_next(self, error: StoreError, count: int = 1) -> None:
        """Let the next commits fail, with nothing written."""
        with self._lock:
            self._failures.extend([error] * count)

    def hold_commits(self) -> None:
        """Let commits wait; what is asked for after them waits too."""
        self._commits_may_go.clear()

    def release_commits(self) -> None:
        self._commits_may_go.set()

    def hold_deliveries(self) -> None:
        """Keep changes from the watches; only of use where the store is not embedded."""
        with self._lock:
            self._deliveries_may_go = False

    def release_deliveries(self) -> None:
        with self._lock:
            self._deliveries_may_go = True
        self._tasks.put(self._deliver)

    def drop_watches(self, error: Exception | None = None) -> None:
        """End every watch; returns when they have been told."""
        reason = error or StoreUnavailableError("the connection to the store was lost")
        self._ask(lambda: self._end_watches(reason))

    # --- the port -----------------------------------------------------------------------------------------------------------

    @property
    def capabilities(self) -> StoreCapabilities:
        return self._capabilities

    def get(self, key: str) -> Entry | None:
        with self._lock:
            self._check_open()
            return self._state.get(key)

    def list(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        with self._lock:
            self._check_open()
            if revision > self._revision:
                raise StoreUnavailableError(f"the store is at revision {self._revision}, {revision} is yet to come")
            if 0 < revision < self._compacted:
                raise CompactedError(revision, self._compacted)
            state = self._state_at(revision or self._revision)
            keys = sorted(key for key in state if key.startswith(prefix) and key >= start)
            shown = keys[:limit] if limit else keys
            return Page([state[key] for key in shown], revision or self._revision, len(keys) - len(shown))

    def commit(self, operations: Sequence[Operation]) -> Future[int]:
        if len({operation.key for operation in operations}) < len(operations):
            raise ValueError("a key appears twice in one commit")
        future: Future[int] = Future()
        with self._lock:
            if self._closed:
                future.set_exception(StoreUnavailableError("the store is closed"))
            else:
                self._tasks.put(lambda: self._commit(operations, future))
        return future

    def watch(self, prefix: str, after_revision: int, watcher: Watcher) -> Watch:
        watch = MemoryWatch(prefix, after_revision, watcher)
        with self._lock:
            self._check_open()
            self._tasks.put(lambda: self._start(watch))
        return watch

    def compact(self, revision: int) -> None:
        self._ask(lambda: self._compact(revision))

    def revision(self) -> int:
        return self._revision

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                self._tasks.put(None)
        self.release_commits()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    # --- the store's thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
        self._end_watches(StoreUnavailableError("the store is closed"))

    def _ask(self, task: Callable[[], None]) -> None:
        done: Future[None] = Future()
        with self._lock:
            self._check_open()
            self._tasks.put(task)
            self._tasks.put(lambda: done.set_result(None))
        if threading.current_thread() is not self._thread:
            done.result()

    def _commit(self, operations: Sequence[Operation], future: Future[int]) -> None:
        self._commits_may_go.wait()
        if not future.set_running_or_notify_cancel():
            return
        self.commits.append(operations)
        try:
            with self._lock:
                if self._failures:
                    raise self._failures.popleft()
                changes = self._apply(operations)
                revision = self._revision
        except StoreError as error:
            future.set_exception(error)
            return
        if changes:
            self._undelivered.append((changes, revision))
        if self._capabilities.embedded:
            self._deliver()
        future.set_result(revision)
        self._deliver()

    def _apply(self, operations: Sequence[Operation]) -> Sequence[Change]:
        for operation in operations:
            there = self._state.get(operation.key)
            found = there.revision if there else 0
            if operation.expected is not None and operation.expected != found:
                raise RevisionMismatchError(operation.key, operation.expected, found)
            if isinstance(operation, Put) and len(operation.value) > MAX_VALUE_BYTES:
                raise ValueTooLargeError(f"the value of {operation.key} has more than {MAX_VALUE_BYTES} bytes")
        revision = self._revision + 1
        changes = []
        for operation in operations:
            there = self._state.get(operation.key)
            previous, previous_revision = (there.value, there.revision) if there else (None, 0)
            if isinstance(operation, Put):
                self._state[operation.key] = Entry(operation.key, operation.value, revision)
                changes.append(Change("put", operation.key, operation.value, revision, previous, previous_revision))
                self._expire_later(operation, revision)
            elif isinstance(operation, Delete) and there:
                del self._state[operation.key]
                changes.append(Change("delete", operation.key, None, revision, previous, previous_revision))
        if changes:
            self._revision = revision
            self._log += changes
        return changes

    def _expire_later(self, put: Put, revision: int) -> None:
        if put.ttl is not None:
            deletion = (Delete(put.key, revision),)
            self.clock.call_later(put.ttl, lambda: self._tasks.put(lambda: self._commit(deletion, Future())))

    def _start(self, watch: MemoryWatch) -> None:
        if watch.seen < self._compacted:
            watch.end(CompactedError(watch.seen, self._compacted))
            return
        self._deliver()
        seen = self._undelivered[0][0][0].revision - 1 if self._undelivered else self._revision
        past = [change for change in self._log if watch.seen < change.revision <= seen]
        watch.deliver(past, seen)
        self._watches = [other for other in self._watches if not other.closed]
        self._watches.append(watch)

    def _deliver(self) -> None:
        with self._lock:
            ready, kept = (self._undelivered, []) if self._deliveries_may_go else ([], self._undelivered)
            self._undelivered = kept
        for changes, revision in ready:
            for watch in self._watches:
                watch.deliver(changes, revision)

    def _end_watches(self, reason: Exception) -> None:
        ended, self._watches = self._watches, []
        for watch in ended:
            watch.end(reason)

    def _compact(self, revision: int) -> None:
        with self._lock:
            self._compacted = max(self._compacted, min(revision, self._revision))
            self._log = [change for change in self._log if change.revision > self._compacted]

    def _state_at(self, revision: int) -> dict[str, Entry]:
        state = dict(self._state)
        for change in reversed(self._log):
            if change.revision > revision:
                if change.previous is None:
                    state.pop(change.key, None)
                else:
                    state[change.key] = Entry(change.key, change.previous, change.previous_revision)
        return state

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailableError("the store is closed")
