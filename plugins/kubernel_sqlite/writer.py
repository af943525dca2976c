"""The one thread that writes: it takes what has gathered, commits it in one transaction, tells the watches, answers.

While a transaction is on its way to the disk the next commits gather, so that the price of making it durable is shared by as many
as wait for it. Between two transactions the same thread starts watches, ends keys whose time is over, forgets the past and
keeps the file small, each in small steps: nobody else ever wants the write lock.
"""

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from kubernel.errors import CompactedError, StoreError, StoreUnavailableError
from kubernel.ports.clock import Clock, Timer
from kubernel.ports.store import Change, Operation
from kubernel_sqlite import schema
from kubernel_sqlite.config import SqliteConfig
from kubernel_sqlite.database import Database
from kubernel_sqlite.expiry import Expiry
from kubernel_sqlite.failures import closed, result_code, translated
from kubernel_sqlite.replay import past_changes
from kubernel_sqlite.retention import Retention
from kubernel_sqlite.space import Space
from kubernel_sqlite.transaction import transact
from kubernel_sqlite.watches import SqliteWatch, Watches

_log = logging.getLogger(__name__)

GROUP_COMMITS = 256
"""Commits in one transaction at most: beyond this the share of the disk's wait is below the cost of a row, and the first ones
would only wait for the last."""

GROUP_BYTES = 8 << 20
"""Bytes of values in one transaction at most (give or take one commit), so that large values do not pile up in memory."""

UPKEEP_SHARE = 10
"""Ages are marked so many times in the span that the past is kept."""


@dataclass(slots=True)
class Commit:
    """Operations that wait for the writer."""

    operations: Sequence[Operation]
    size: int
    future: Future[int] = field(default_factory=Future)


Task: TypeAlias = Callable[[], None]
"""Something else for the writer's thread, in its place between commits."""


class Writer:
    """See the module. `revision` is that of the last commit, for any thread to read."""

    def __init__(
        self, database: Database, config: SqliteConfig, clock: Clock, space: Space | None, finish: Callable[[], None]
    ) -> None:
        self._database, self._config, self._clock, self._space = database, config, clock, space
        self._finish = finish
        self._connection = database.writer
        self.revision = schema.revision_of(self._connection.execute(schema.NEWEST).fetchone()[0])
        self.watches = Watches()
        self._retention = Retention(self._connection, config.retain_revisions, config.retain_seconds)
        self._queue: queue.SimpleQueue[Commit | Task] = queue.SimpleQueue()
        self._accepting = threading.Lock()
        self._closing = False
        self._running = True
        self._resting = False
        self._expiry = Expiry(self._connection, clock, lambda: self._queue.put(self._end_expired))
        self._tick: Timer | None = None
        self._mark()
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    # --- any thread ---------------------------------------------------------------------------------------------------

    def submit(self, item: Commit | Task) -> None:
        """Queue a commit or a task; what is queued first is done first.

        :raises StoreUnavailableError: the store is closed.
        """
        with self._accepting:
            if self._closing:
                raise closed(self._config.place)
            self._queue.put(item)

    def compact(self, revision: int) -> None:
        """Forget the past up to a revision; from the writer's thread itself, only ask for it.

        :raises StoreError: it cannot be written down, or the store is closed.
        """
        done: Future[None] = Future()

        def forget() -> None:
            try:
                with self._database.exclusive():
                    self._retention.compact(revision, self.revision)
            except sqlite3.Error as error:
                done.set_exception(translated(error, self._config.place))
            else:
                done.set_result(None)

        self.submit(forget)
        if threading.current_thread() is not self._thread:
            done.result()

    def close(self) -> None:
        """Finish what was accepted, end the watches and the thread; from that thread itself, only ask for it."""
        with self._accepting:
            if not self._closing:
                self._closing = True
                self._queue.put(self._stop)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    # --- tasks, on the writer's thread -----------------------------------------------------------------------------------

    def start_watch(self, watch: SqliteWatch) -> None:
        """Catch a watch up with the past, then let it live."""
        after, compacted = watch.seen, self._retention.compacted
        if after < compacted:
            watch.end(CompactedError(after, compacted))
            return
        try:
            if after < self.revision:
                pieces = past_changes(self._connection, watch.prefix, after)
                while changes := self._next(pieces):
                    watch.deliver(changes, changes[-1].revision)
        except sqlite3.Error as error:
            watch.end(translated(error, self._config.place))
            return
        watch.deliver((), self.revision)
        self.watches.add(watch)

    def _next(self, pieces: Iterator[Sequence[Change]]) -> Sequence[Change]:
        with self._database.exclusive():
            return next(pieces, ())

    def _stop(self) -> None:
        self._running = False

    def _mark(self) -> None:
        """What is looked at from time to time."""
        self._resting = False
        interval = self._config.retain_seconds / UPKEEP_SHARE
        self._tick = self._clock.call_later(interval, lambda: self._queue.put(self._mark))
        with self._database.exclusive():
            self._retention.mark(self._clock.monotonic(), self.revision)
            self._expiry.rearm()
            if self._space is not None:
                self._space.look()

    def _end_expired(self) -> None:
        with self._database.exclusive():
            due = self._expiry.due()
        deletions = [Commit((deletion,), 0) for deletion in due]
        if deletions:
            self._commit(deletions)
        with self._database.exclusive():
            self._expiry.rearm()
        if self._expiry.full(due) and deletions[-1].future.exception() is None:
            self._queue.put(self._end_expired)

    # --- the loop ---------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while self._running:
            commits, task = self._gather()
            if commits:
                self._commit(commits)
            if task is not None:
                self._guarded(task)
            if self._upkeep_waits():
                self._keep_up()
        self.watches.end(closed(self._config.place))
        self._expiry.stop()
        if self._tick is not None:
            self._tick.cancel()
        self._finish()

    def _gather(self) -> tuple[list[Commit], Task | None]:
        """The commits that wait, up to the first task; waits for something unless there is upkeep to do."""
        commits: list[Commit] = []
        size = 0
        busy = self._upkeep_waits()
        try:
            while len(commits) < GROUP_COMMITS and size < GROUP_BYTES:
                item = self._queue.get(block=not commits and not busy)
                if not isinstance(item, Commit):
                    return commits, item
                if item.future.set_running_or_notify_cancel():
                    commits.append(item)
                    size += item.size
        except queue.Empty:
            pass
        return commits, None

    def _commit(self, commits: list[Commit], *, room_made: bool = False) -> None:
        """Commit a group; if there is no room, make some, and then try each by itself."""
        try:
            with self._database.exclusive():
                operations = [commit.operations for commit in commits]
                group, outcomes = transact(self._connection, operations, self.revision, self._expiry.now())
        except sqlite3.Error as error:
            if result_code(error) == sqlite3.SQLITE_FULL and not room_made:
                self._make_room()
                for commit in commits:
                    self._commit([commit], room_made=True)
                return
            _fail(commits, error, type(reason := translated(error, self._config.place)), str(reason))
            return
        except Exception as error:  # noqa: BLE001 - the writer's loop: whatever one group does, the next must be served
            _log.exception("a transaction of the %s failed", self._config.place)
            _fail(commits, error, StoreUnavailableError, f"{self._config.place} failed: {error}")
            return
        self.revision = group.revision
        if group.changes:
            self.watches.deliver(group.changes, group.revision)
            self._retention.grown(group.revision)
            self._expiry.arm(group.soonest)
            if self._space is not None:
                self._space.wrote(len(group.changes))
        for commit, outcome in zip(commits, outcomes, strict=True):
            if isinstance(outcome, int):
                commit.future.set_result(outcome)
            else:
                commit.future.set_exception(outcome)

    def _make_room(self) -> None:
        """A log that is copied into the file starts anew, over what it held."""
        if self._space is not None:
            # If even this finds no room, the commits that are tried again say so.
            with suppress(sqlite3.Error):
                self._space.checkpoint()

    def _upkeep_waits(self) -> bool:
        if self._resting:
            return False
        return self._retention.pending(self.revision) or (self._space is not None and self._space.pending)

    def _keep_up(self) -> None:
        """One small step of whatever waits; after a failure it rests until the next look."""
        try:
            with self._database.exclusive():
                if self._retention.pending(self.revision):
                    self._retention.step(self.revision)
                elif self._space is not None:
                    self._space.step()
        except sqlite3.Error as error:
            self._resting = True
            _log.warning("upkeep waits: %s", translated(error, self._config.place))

    def _guarded(self, task: Task) -> None:
        try:
            task()
        except Exception:  # noqa: BLE001 - the writer's loop must go on; timers bring the task again
            _log.exception("upkeep of the %s failed", self._config.place)


def _fail(commits: Sequence[Commit], cause: Exception, kind: type[StoreError], message: str) -> None:
    for commit in commits:
        # An error of its own for each: whoever raises it adds its traceback to it.
        reason = kind(message)
        reason.__cause__ = cause
        commit.future.set_exception(reason)
