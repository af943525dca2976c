"""The connections of an open store, the same to its users whether the state lies in a file or in memory.

A file has one connection that writes and a few that read, which never wait for each other (write-ahead log). Memory has one
connection for everybody and a lock, since SQLite offers no write-ahead log there; the writer holds it for the length of one
transaction, so that nobody reads half of one.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol

from kubernel_sqlite import file, ownership
from kubernel_sqlite.failures import closed, translated

STATEMENTS = 256
"""Prepared statements that the writing connection keeps: the powers of two of each statement over several rows, and the rest."""

IDLE_READERS = 8
"""Reading connections kept for the next reader; more are opened when more threads read at once, and closed afterwards."""

LOG_BYTES_KEPT = 32 << 20
"""A write-ahead log that once grew beyond this is cut back when it starts anew."""


class Database(Protocol):
    """See the module."""

    writer: sqlite3.Connection

    def take(self) -> sqlite3.Connection:
        """A connection for reading; give it back soon.

        :raises StoreUnavailableError: the store is closed or cannot be opened.
        """

    def give(self, connection: sqlite3.Connection) -> None: ...

    def exclusive(self) -> AbstractContextManager[object]:
        """Hold this while the writing connection is used: readers that share it are kept away."""

    def close(self) -> None: ...


@contextmanager
def snapshot(database: Database, place: str) -> Iterator[sqlite3.Connection]:
    """One consistent state for several statements."""
    connection = database.take()
    try:
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise translated(error, place) from error
    finally:
        database.give(connection)


class FileDatabase:
    """A file that this process owns."""

    def __init__(self, path: Path, place: str) -> None:
        file.check_place(path)
        self._path, self._place = path, place
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False
        self._owner = ownership.take(path)
        try:
            file.prepare(path)
            self.writer = self._open_writer()
        except BaseException:
            self._owner.release()
            raise

    def take(self) -> sqlite3.Connection:
        if self._closed:
            raise closed(self._place)
        try:
            return self._idle.pop()
        except IndexError:
            return self._open_reader()

    def give(self, connection: sqlite3.Connection) -> None:
        if self._closed or len(self._idle) >= IDLE_READERS:
            connection.close()
        else:
            self._idle.append(connection)

    def exclusive(self) -> AbstractContextManager[object]:
        # Readers have connections of their own.
        return nullcontext()

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().close()
        # The last connection to close writes everything into the file and removes the log beside it.
        self.writer.close()
        self._owner.release()

    def _open_writer(self) -> sqlite3.Connection:
        try:
            connection = file.connect(self._path, statements=STATEMENTS)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            # Checkpoints are made by `kubernel_sqlite.space`, after commits have been answered and not before.
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES_KEPT}")
            # Overwrites what was deleted only where that costs no further write.
            connection.execute("PRAGMA secure_delete = FAST")
        except sqlite3.Error as error:
            raise translated(error, self._place) from error
        return connection

    def _open_reader(self) -> sqlite3.Connection:
        try:
            connection = file.connect(self._path)
            connection.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            raise translated(error, self._place) from error
        return connection


class MemoryDatabase:
    """State that ends with the process."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._lock = threading.Lock()
        self._closed = False
        self.writer = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS)
        file.lay_out(self.writer)

    def take(self) -> sqlite3.Connection:
        self._lock.acquire()
        if self._closed:
            self._lock.release()
            raise closed(self._place)
        return self.writer

    def give(self, connection: sqlite3.Connection) -> None:
        self._lock.release()

    def exclusive(self) -> AbstractContextManager[object]:
        return self._lock

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self.writer.close()
