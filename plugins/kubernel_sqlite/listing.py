"""Entries under a prefix as they are, or as they were: the present with the later changes taken back."""

import sqlite3

from kubernel.ports.store import Entry, Page
from kubernel_sqlite import schema
from kubernel_sqlite.replay import key_range


def list_page(connection: sqlite3.Connection, prefix: str, start: str, limit: int, revision: int, current: int) -> Page:
    """One page at a revision that is not compacted; within a snapshot whose revision is `current`."""
    source, parameters = _source(prefix, start, revision, current)
    rows = connection.execute(
        f"{source} SELECT key, value, revision FROM entries ORDER BY key LIMIT ?", (*parameters, limit or -1)
    ).fetchall()
    remaining = 0
    if limit and len(rows) == limit:
        counted = connection.execute(f"{source} SELECT count(*) FROM entries WHERE key > ?", (*parameters, rows[-1][0]))
        remaining = counted.fetchone()[0]
    return Page([Entry(*row) for row in rows], revision, remaining)


def _source(prefix: str, start: str, revision: int, current: int) -> tuple[str, tuple[str | int, ...]]:
    """A common table expression `entries` and its parameters."""
    where, bounds = key_range(prefix, start)
    if revision == current:
        return f"WITH entries AS (SELECT key, value, revision FROM state WHERE {where})", bounds
    # With min(), SQLite takes the other columns from the row of the minimum: what the first later change replaced.
    undone = f"""undone AS (
        SELECT key, previous AS value, previous_revision AS revision, min(sequence)
        FROM log WHERE sequence >= ? AND {where} GROUP BY key)"""
    text = f"""WITH {undone}, entries AS (
        SELECT key, value, revision FROM state WHERE {where} AND key NOT IN (SELECT key FROM undone)
        UNION ALL
        SELECT key, value, revision FROM undone WHERE revision > 0)"""
    return text, (schema.first_sequence(revision + 1), *bounds, *bounds)
