"""The tables of a store, and the statements on them.

`state` holds the present: one row for each key. `log` holds the past as an *undo* log: each row says what one change replaced.
The new value of a change is therefore never written twice: it is what the next change of the same key replaced, or what
`state` holds. So a creation costs a short log row, every row stays complete when older ones are forgotten, and the state at a
past revision is the present with the later changes taken back.

A log row's `sequence` is its revision and its place within the commit in one number, so that the log is one tree which only
grows at its end. The newest commit's rows are never deleted: they remember the revision across restarts. `history` holds one
row: the revision up to which the past is forgotten.

Both tables have a plain row id: rows of one to three kilobytes in a tree by key would leave so few keys on each page that
every search would read several times the pages.
"""

from functools import cache

APPLICATION_ID = 0x6B75626E
"""`kubn` in the file's header: whose file this is."""

LAYOUT = 1
"""The version of the tables, in the header's user version; a file with a higher one is refused."""

POSITIONS = 1 << 16
"""How many changes one commit may hold: the low bits of `sequence`."""

TABLES = (
    """CREATE TABLE state (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        value BLOB NOT NULL,
        revision INTEGER NOT NULL,
        expires REAL
    )""",
    "CREATE INDEX state_expires ON state (expires) WHERE expires IS NOT NULL",
    """CREATE TABLE log (
        sequence INTEGER PRIMARY KEY,
        key TEXT NOT NULL,
        deleted INTEGER NOT NULL,
        previous_revision INTEGER NOT NULL,
        previous BLOB
    )""",
    "CREATE TABLE history (id INTEGER PRIMARY KEY CHECK (id = 1), compacted INTEGER NOT NULL)",
    "INSERT INTO history VALUES (1, 0)",
)
NAMES = frozenset({"state", "state_expires", "log", "history"})

NEWEST = "SELECT coalesce(max(sequence), 0) FROM log"
COMPACTED = "SELECT compacted FROM history"
GET = "SELECT value, revision FROM state WHERE key = ?"

CHUNK = 64
"""How many rows one statement reads or writes. SQLite lets other threads run once for each call, and each return to Python may
wait for a busy thread's whole turn: one call for 64 rows instead of 64 calls is five times as fast beside a busy thread."""


def first_sequence(revision: int) -> int:
    """The sequence of the first change of a revision."""
    return revision * POSITIONS


def revision_of(sequence: int) -> int:
    return sequence // POSITIONS


def end_of(prefix: str) -> str | None:
    """The least text after every text that begins with `prefix`; None where there is none (no upper bound)."""
    for index in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[index]) + 1
        if code <= 0x10FFFF:
            # Surrogates are no characters of their own and cannot be written as UTF-8.
            return prefix[:index] + chr(0xE000 if code == 0xD800 else code)
    return None


def padded(count: int) -> int:
    """The power of two that holds `count` rows: few forms of each statement, so that all of them stay prepared."""
    return 1 << (count - 1).bit_length()


@cache
def read_present(rows: int) -> str:
    """What is there under `rows` keys, as one row: places, revisions, lengths of the values, and all values in a row.

    One row, since each further row would be one more call; its columns are built in the same order of rows.
    """
    asked = ",".join(f"({place},?)" for place in range(rows))
    return f"""WITH asked (place, key) AS (VALUES {asked})
        SELECT group_concat(place), group_concat(revision), group_concat(length(value)),
            CAST(group_concat(value, '') AS BLOB)
        FROM asked JOIN state USING (key)"""


@cache
def write_state(rows: int) -> str:
    """Insert or replace `rows` rows of (key, value, revision, expires); rows without a key are padding."""
    values = ",".join(["(?,?,?,?)"] * rows)
    return f"""INSERT INTO state (key, value, revision, expires)
        SELECT * FROM (VALUES {values}) WHERE column1 IS NOT NULL
        ON CONFLICT (key) DO UPDATE SET
            value = excluded.value, revision = excluded.revision, expires = excluded.expires"""


@cache
def delete_state(rows: int) -> str:
    marks = ",".join("?" * rows)
    return f"DELETE FROM state WHERE key IN ({marks})"


@cache
def write_log(rows: int) -> str:
    """Append `rows` rows of the log; rows without a sequence are padding."""
    values = ",".join(["(?,?,?,?,?)"] * rows)
    return f"INSERT INTO log SELECT * FROM (VALUES {values}) WHERE column1 IS NOT NULL"
