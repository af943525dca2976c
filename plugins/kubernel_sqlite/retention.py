"""How much of the past is kept: the log is forgotten beyond a number of revisions or an age, a small step at a time.

Forgetting is first a number (`compacted`, in the table `history`) and then the deletion of rows, in steps short enough to fit
between two groups of commits. All of it happens on the writer's thread.
"""

import sqlite3
from collections import deque

from kubernel_sqlite import schema

STEP = 1000
"""Revisions deleted at a time, about two milliseconds: more than a group of commits adds, so that it always catches up."""


class Retention:
    """`compacted` is the revision up to which the past is forgotten: a watch after it can be served, an earlier one not."""

    def __init__(self, connection: sqlite3.Connection, revisions: int, seconds: float) -> None:
        self._connection = connection
        self._revisions, self._seconds = revisions, seconds
        self._marks: deque[tuple[float, int]] = deque()
        self.compacted = int(connection.execute(schema.COMPACTED).fetchone()[0])
        oldest = connection.execute("SELECT min(sequence) FROM log").fetchone()[0]
        self._trimmed = self.compacted if oldest is None else schema.revision_of(oldest) - 1

    def mark(self, now: float, revision: int) -> None:
        """Remember when this revision was current, and forget what has become too old.

        After a restart ages are counted anew, so that the past is kept rather longer than asked for than shorter.
        """
        too_old = 0
        while self._marks and self._marks[0][0] <= now - self._seconds:
            too_old = self._marks.popleft()[1]
        self._marks.append((now, revision))
        self.compact(too_old, revision)

    def grown(self, revision: int) -> None:
        """Look whether there are too many revisions; acts once a whole step of them is."""
        if revision - self._revisions >= self.compacted + STEP:
            self.compact(revision - self._revisions, revision)

    def compact(self, revision: int, current: int) -> None:
        """Forget the changes up to a revision; their rows follow in steps."""
        revision = min(revision, current)
        if revision > self.compacted:
            self._connection.execute("UPDATE history SET compacted = ?", (revision,))
            self.compacted = revision

    def pending(self, current: int) -> bool:
        """Whether rows wait to be deleted."""
        return self._trimmed < self._last_to_delete(current)

    def step(self, current: int) -> None:
        """Delete some rows of what is forgotten."""
        upto = min(self._trimmed + STEP, self._last_to_delete(current))
        if upto > self._trimmed:
            self._connection.execute("DELETE FROM log WHERE sequence < ?", (schema.first_sequence(upto + 1),))
            self._trimmed = upto

    def _last_to_delete(self, current: int) -> int:
        # The newest commit's rows stay: they carry the revision across a restart.
        return min(self.compacted, current - 1)
