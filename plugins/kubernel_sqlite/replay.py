"""The past as a watch wants it: every change after a revision, with its value, from a log that only holds what was replaced.

The value that a change wrote is what the key's next change replaced, or the present one. So a first pass over the log notes for
each change which one follows it on the same key (numbers only), and a second one, in bounded pieces, reads the values.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from kubernel.ports.store import Change
from kubernel_sqlite import schema

PIECE = 256
"""Changes read at a time: a few hundred kilobytes."""

_Row: TypeAlias = tuple[int, str, int, int, bytes | None]


def past_changes(connection: sqlite3.Connection, prefix: str, after_revision: int) -> Iterator[Sequence[Change]]:
    """Changes under a prefix after a revision in order, in pieces that never split a commit.

    Between two pieces nothing may be written; the caller is the only writer.
    """
    followers = _followers(connection, prefix, after_revision)
    for piece in _pieces(list(followers)):
        yield _read(connection, piece, followers)


def _followers(connection: sqlite3.Connection, prefix: str, after_revision: int) -> dict[int, int]:
    """For each change in order: the sequence of the next one of the same key, or 0."""
    where, bounds = key_range(prefix)
    rows = connection.execute(
        f"SELECT sequence, key FROM log WHERE sequence >= ? AND {where} ORDER BY sequence DESC",
        (schema.first_sequence(after_revision + 1), *bounds),
    ).fetchall()
    latest: dict[str, int] = {}
    followers: dict[int, int] = {}
    for sequence, key in rows:
        followers[sequence] = latest.get(key, 0)
        latest[key] = sequence
    return dict(reversed(followers.items()))


def _pieces(sequences: Sequence[int]) -> Iterator[Sequence[int]]:
    start = 0
    while start < len(sequences):
        end = min(start + PIECE, len(sequences))
        while end < len(sequences) and schema.revision_of(sequences[end]) == schema.revision_of(sequences[end - 1]):
            end += 1
        yield sequences[start:end]
        start = end


def _read(connection: sqlite3.Connection, piece: Sequence[int], followers: dict[int, int]) -> list[Change]:
    rows: list[_Row] = _rows_in(
        connection, "SELECT sequence, key, deleted, previous_revision, previous FROM log WHERE sequence", piece
    )
    rows.sort(key=lambda row: row[0])
    puts = [(sequence, key) for sequence, key, deleted, _, _ in rows if not deleted]
    replaced = dict(
        _rows_in(
            connection,
            "SELECT sequence, previous FROM log WHERE sequence",
            [followers[sequence] for sequence, _ in puts if followers[sequence]],
        )
    )
    present = dict(
        _rows_in(
            connection,
            "SELECT key, value FROM state WHERE key",
            [key for sequence, key in puts if not followers[sequence]],
        )
    )
    changes = []
    for sequence, key, deleted, previous_revision, previous in rows:
        revision = schema.revision_of(sequence)
        if deleted:
            changes.append(Change("delete", key, None, revision, previous, previous_revision))
        else:
            follower = followers[sequence]
            value = replaced[follower] if follower else present[key]
            changes.append(Change("put", key, value, revision, previous, previous_revision))
    return changes


def _rows_in(connection: sqlite3.Connection, select: str, wanted: Sequence[int] | Sequence[str]) -> list[Any]:
    rows: list[Any] = []
    for at in range(0, len(wanted), PIECE):
        some = wanted[at : at + PIECE]
        rows += connection.execute(f"{select} IN ({','.join('?' * len(some))})", some).fetchall()
    return rows


def key_range(prefix: str, start: str = "") -> tuple[str, tuple[str, ...]]:
    """A condition on `key`, with its parameters: within the prefix, at or after `start`."""
    end = schema.end_of(prefix)
    least = max(prefix, start)
    return ("key >= ?", (least,)) if end is None else ("key >= ? AND key < ?", (least, end))
