"""What the commits of one transaction do, worked out in memory between one read and a few writes.

Each commit is checked against the state as the earlier ones of the group leave it, and gets a revision of its own; one whose
check fails leaves no trace. Nothing here touches the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from kubernel.errors import RevisionMismatchError
from kubernel.ports.store import Change, Check, Delete, Operation, Put
from kubernel_sqlite.schema import first_sequence

Present: TypeAlias = tuple[bytes, int]
"""A key's value and revision."""

LogRow: TypeAlias = tuple[int, str, int, int, bytes | None]
"""sequence, key, deleted, previous_revision, previous"""


@dataclass(frozen=True, slots=True)
class Written:
    """A key's row as the group leaves it."""

    value: bytes
    revision: int
    expires: float | None


class Group:
    """Collects the effect of commits; `revision` is that of the last one that wrote, `soonest` when the first key ends."""

    def __init__(self, present: Mapping[str, Present], revision: int, now: float) -> None:
        self._present: dict[str, Present] = dict(present)
        self._now = now
        self.revision = revision
        self.written: dict[str, Written | None] = {}
        self.log: list[LogRow] = []
        self.changes: list[Change] = []
        self.soonest: float | None = None

    def apply(self, operations: Sequence[Operation]) -> int:
        """Add one commit; the revision at which everything that it asked for is true.

        :raises RevisionMismatchError: a key is at another revision than expected; the group is as before.
        """
        present = self._present
        writes = False
        for operation in operations:
            there = present.get(operation.key)
            expected = operation.expected
            found = there[1] if there is not None else 0
            if expected is not None and expected != found:
                raise RevisionMismatchError(operation.key, expected, found)
            writes = writes or isinstance(operation, Put) or (isinstance(operation, Delete) and there is not None)
        if not writes:
            return self.revision
        self.revision += 1
        for operation in operations:
            if isinstance(operation, Put):
                self._put(operation)
            elif not isinstance(operation, Check):
                self._delete(operation.key)
        return self.revision

    def _put(self, put: Put) -> None:
        previous, previous_revision = self._present.get(put.key, (None, 0))
        expires = None
        if put.ttl is not None:
            expires = self._now + put.ttl
            self.soonest = expires if self.soonest is None else min(self.soonest, expires)
        self._present[put.key] = (put.value, self.revision)
        self.written[put.key] = Written(put.value, self.revision, expires)
        self._record(Change("put", put.key, put.value, self.revision, previous, previous_revision))

    def _delete(self, key: str) -> None:
        there = self._present.pop(key, None)
        if there is not None:
            self.written[key] = None
            self._record(Change("delete", key, None, self.revision, there[0], there[1]))

    def _record(self, change: Change) -> None:
        position = 0
        if self.changes and self.changes[-1].revision == change.revision:
            position = self.log[-1][0] + 1 - first_sequence(change.revision)
        sequence = first_sequence(change.revision) + position
        deleted = int(change.value is None)
        self.log.append((sequence, change.key, deleted, change.previous_revision, change.previous))
        self.changes.append(change)
