"""The store port on SQLite: reads on connections of their own, everything else handed to the one writer.

See `schema` for the tables, `writer` for how commits are grouped, `replay` for how a watch sees the past, `retention` and `space`
for what bounds the file. One process owns a file (`ownership`).
"""

import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future

from kubernel.errors import CompactedError, StoreUnavailableError, ValueTooLargeError
from kubernel.machinery.clock import SystemClock
from kubernel.ports.clock import Clock
from kubernel.ports.store import Entry, Operation, Page, Put, StoreCapabilities, Watch, Watcher
from kubernel_sqlite import schema
from kubernel_sqlite.config import SqliteConfig
from kubernel_sqlite.database import Database, FileDatabase, MemoryDatabase, snapshot
from kubernel_sqlite.failures import translated
from kubernel_sqlite.listing import list_page
from kubernel_sqlite.space import Space
from kubernel_sqlite.watches import SqliteWatch
from kubernel_sqlite.writer import Commit, Writer

MAX_VALUE_BYTES = 3 << 19
"""1.5 MiB, as much as etcd takes by default: what fits here can move there."""


class SqliteStore:
    """A `kubernel.ports.store.Store`; every method may be called from any thread.

    :param clock: for times to live and the age of the past; by default the system's, with a thread that ends with the store.
    :raises ConfigurationError: the path cannot hold a store.
    :raises StoreCorruptError: something else, newer or broken lies there; it is left as it is.
    :raises StoreUnavailableError: another process uses it.
    """

    def __init__(self, config: SqliteConfig, clock: Clock | None = None) -> None:
        self._place = config.place
        own_clock = SystemClock()
        self._database: Database
        space = None
        if config.path is None:
            self._database = MemoryDatabase(self._place)
        else:
            self._database = FileDatabase(config.path, self._place)
            space = Space(self._database.writer)

        def finish() -> None:
            self._database.close()
            own_clock.close()

        try:
            self._writer = Writer(self._database, config, clock or own_clock, space, finish)
        except sqlite3.Error as error:
            finish()
            raise translated(error, self._place) from error
        self._capabilities = StoreCapabilities(
            embedded=True, durable=config.path is not None, max_value_bytes=MAX_VALUE_BYTES, historic_reads=True
        )

    @property
    def capabilities(self) -> StoreCapabilities:
        return self._capabilities

    def get(self, key: str) -> Entry | None:
        database = self._database
        connection = database.take()
        try:
            row = connection.execute(schema.GET, (key,)).fetchone()
        except sqlite3.Error as error:
            raise translated(error, self._place) from error
        finally:
            database.give(connection)
        return None if row is None else Entry(key, row[0], row[1])

    def list(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        with snapshot(self._database, self._place) as connection:
            current = schema.revision_of(connection.execute(schema.NEWEST).fetchone()[0])
            if revision > current:
                raise StoreUnavailableError(f"{self._place} is at revision {current}, revision {revision} is yet to come")
            if 0 < revision < current:
                compacted = connection.execute(schema.COMPACTED).fetchone()[0]
                if revision < compacted:
                    raise CompactedError(revision, compacted)
            return list_page(connection, prefix, start, limit, revision or current, current)

    def commit(self, operations: Sequence[Operation]) -> Future[int]:
        if len(operations) > 1 and len({operation.key for operation in operations}) < len(operations):
            raise ValueError("a key appears twice in one commit")
        if len(operations) > schema.POSITIONS:
            raise ValueError(f"one commit holds at most {schema.POSITIONS} operations, found {len(operations)}")
        size = 0
        for operation in operations:
            if isinstance(operation, Put):
                size += len(operation.value)
                if len(operation.value) > MAX_VALUE_BYTES:
                    return _failed(
                        ValueTooLargeError(
                            f"the value of {operation.key} has {len(operation.value)} bytes, "
                            f"a {self._place} takes at most {MAX_VALUE_BYTES}"
                        )
                    )
        commit = Commit(operations, size)
        try:
            self._writer.submit(commit)
        except StoreUnavailableError as error:
            return _failed(error)
        return commit.future

    def watch(self, prefix: str, after_revision: int, watcher: Watcher) -> Watch:
        """As the port says; the past, and one call that says how far it goes, come from the writer's thread, soon after this
        returns.

        :raises StoreUnavailableError: the store is closed.
        """
        watch = SqliteWatch(prefix, after_revision, watcher, self._writer.watches.forget)
        self._writer.submit(lambda: self._writer.start_watch(watch))
        return watch

    def compact(self, revision: int) -> None:
        self._writer.compact(revision)

    def revision(self) -> int:
        return self._writer.revision

    def close(self) -> None:
        self._writer.close()


def _failed(error: Exception) -> Future[int]:
    future: Future[int] = Future()
    future.set_exception(error)
    return future
