"""One transaction: read what the commits of a group touch, work out what they do, write it, make it durable.

Rows are read and written many at a time (see `schema.CHUNK`). If anything fails, everything is rolled back and nothing has
happened.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeVar

from kubernel.errors import RevisionMismatchError
from kubernel.ports.store import Operation
from kubernel_sqlite import schema
from kubernel_sqlite.group import Group, Present

Item = TypeVar("Item")
_NO_STATE = (None, None, None, None)
_NO_LOG = (None, None, None, None, None)


def transact(
    connection: sqlite3.Connection, commits: Sequence[Sequence[Operation]], revision: int, now: float
) -> tuple[Group, list[int | RevisionMismatchError]]:
    """Apply commits in order, after `revision`; each one's revision, or why it was refused.

    :param now: seconds since the epoch, from which times to live count.
    :raises sqlite3.Error: nothing was written.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        keys = list(dict.fromkeys(operation.key for operations in commits for operation in operations))
        group = Group(_read(connection, keys), revision, now)
        outcomes = [_outcome(group, operations) for operations in commits]
        if group.changes:
            _write(connection, group)
            connection.execute("COMMIT")
        else:
            connection.execute("ROLLBACK")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return group, outcomes


def _outcome(group: Group, operations: Sequence[Operation]) -> int | RevisionMismatchError:
    try:
        return group.apply(operations)
    except RevisionMismatchError as refusal:
        return refusal


def _read(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, Present]:
    present: dict[str, Present] = {}
    for chunk in _chunks(keys):
        size = schema.padded(len(chunk))
        padding = [None] * (size - len(chunk))
        row = connection.execute(schema.read_present(size), [*chunk, *padding]).fetchone()
        places, revisions, lengths, values = row
        if places is None:
            continue
        at = 0
        for place, revision, length in zip(_numbers(places), _numbers(revisions), _numbers(lengths), strict=True):
            present[chunk[place]] = (values[at : at + length], revision)
            at += length
    return present


def _write(connection: sqlite3.Connection, group: Group) -> None:
    rows = [
        (key, written.value, written.revision, written.expires) for key, written in group.written.items() if written is not None
    ]
    for chunk in _chunks(rows):
        size = schema.padded(len(chunk))
        padding = [_NO_STATE] * (size - len(chunk))
        connection.execute(schema.write_state(size), list(chain.from_iterable([*chunk, *padding])))
    gone = [key for key, written in group.written.items() if written is None]
    for names in _chunks(gone):
        size = schema.padded(len(names))
        connection.execute(schema.delete_state(size), [*names, *[None] * (size - len(names))])
    for entries in _chunks(group.log):
        size = schema.padded(len(entries))
        blanks = [_NO_LOG] * (size - len(entries))
        connection.execute(schema.write_log(size), list(chain.from_iterable([*entries, *blanks])))


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for at in range(0, len(items), schema.CHUNK):
        yield items[at : at + schema.CHUNK]


def _numbers(joined: object) -> Iterator[int]:
    return map(int, str(joined).split(","))
