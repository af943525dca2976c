"""Keeping the file and the log beside it small: checkpoints between groups of commits, empty pages given back in small steps.

SQLite would make checkpoints within a commit, which then answers late; here they follow the answer.
"""

import sqlite3

CHECKPOINT_PAGES = 2000
"""Pages written to the log between two checkpoints, 8 MiB, which then take about three milliseconds. Writing over an old log is
twice as fast as making it longer, so a log that starts anew soon is also the faster one."""

PAGES_PER_GROUP, PAGES_PER_CHANGE = 2, 2
"""How many pages a transaction adds to the log, roughly; the real number is read at each checkpoint."""

TOO_LONG_PAGES = 16_000
"""A log of 64 MiB could not start anew because readers never paused: then the writer waits for them."""

EMPTY_SHARE = 4
"""One page in so many may be empty before pages are given back: new rows reuse them."""

EMPTY_PAGES_KEPT = 1000

VACUUM_PAGES = 256
"""Pages given back at a time."""


class Space:
    """Belongs to the writer's thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._written = 0
        self._shrinking = False

    def wrote(self, changes: int) -> None:
        """A transaction of so many changes was committed."""
        self._written += PAGES_PER_GROUP + PAGES_PER_CHANGE * changes

    @property
    def pending(self) -> bool:
        return self._shrinking or self._written >= CHECKPOINT_PAGES

    def look(self) -> None:
        """Decide whether the file has too many empty pages."""
        empty, pages = self._number("freelist_count"), self._number("page_count")
        self._shrinking = empty > max(EMPTY_PAGES_KEPT, pages // EMPTY_SHARE)

    def step(self) -> None:
        """One checkpoint, or a few pages given back."""
        if self._written >= CHECKPOINT_PAGES:
            self.checkpoint()
        elif self._shrinking:
            # Each step of the statement frees one page; of Python's calls only this one goes on to the last step.
            self._connection.executescript(f"PRAGMA incremental_vacuum({VACUUM_PAGES})")
            self._written += VACUUM_PAGES
            self._shrinking = self._number("freelist_count") > EMPTY_PAGES_KEPT // 2

    def checkpoint(self) -> None:
        """Copy the log into the file, as far as no reader is in the way."""
        self._written = 0
        _, pages, _ = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if pages > TOO_LONG_PAGES:
            self._connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()

    def _number(self, pragma: str) -> int:
        return int(self._connection.execute(f"PRAGMA {pragma}").fetchone()[0])
