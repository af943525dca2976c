"""The file of a store: making a new one, and looking at an old one before SQLite may touch it.

A new file is made whole under another name and then moved to its place, so that no crash leaves half of one, and the header of
every file of ours names its program and layout from the first moment. An existing file is judged by its header, read as plain
bytes, and then by SQLite over a connection that cannot write: what is foreign, damaged or newer is refused and stays as it is,
byte for byte.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from kubernel.errors import ConfigurationError, StoreCorruptError
from kubernel_sqlite import schema
from kubernel_sqlite.failures import translated

_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100
_LAYOUT_AT, _APPLICATION_AT = 60, 68

BUSY_SECONDS = 5.0
"""How long to wait for another program that has locked the file (a backup, a shell) before a commit fails."""

CHECKED_BYTES = 32 << 20
"""Files up to this size are checked page by page when they are opened: about a tenth of a second. Damage in larger ones is
reported when the page is met."""


def prepare(path: Path) -> None:
    """Make the file if there is none, else make sure that it is a store of ours that this version can use.

    :raises ConfigurationError: the path cannot hold a store.
    :raises StoreCorruptError: there is something else, something newer, or something broken.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        size = 0
    if size == 0:
        _create(path)
        return
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
        raise ConfigurationError(f"sqlite store {path} cannot be read and written by this user")
    _check_header(path)
    _check_content(path, size)


def check_place(path: Path) -> None:
    """:raises ConfigurationError: the directory is missing or cannot be written, or the path is no file."""
    try:
        directory, other = path.parent.is_dir(), path.exists() and not path.is_file()
    except PermissionError as error:
        raise ConfigurationError(f"sqlite store {path}: this user may not look into {path.parent}") from error
    if not directory:
        raise ConfigurationError(f"sqlite store {path}: there is no directory {path.parent}")
    if other:
        raise ConfigurationError(f"sqlite store {path}: this is not a file")
    if not os.access(path.parent, os.W_OK | os.X_OK, effective_ids=True):
        raise ConfigurationError(f"sqlite store {path}: the directory {path.parent} cannot be written by this user")


def connect(path: Path, mode: str = "rw", statements: int = 32) -> sqlite3.Connection:
    """Open a connection that any thread may use, one at a time, and that begins transactions only when told to.

    :param mode: `rw`, `ro`, or `immutable` for a file that nobody changes meanwhile and that has no log beside it.
    :param statements: how many prepared statements it keeps.
    """
    options = "mode=ro&immutable=1" if mode == "immutable" else f"mode={mode}"
    return sqlite3.connect(
        f"file:{quote(str(path))}?{options}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=statements,
        timeout=BUSY_SECONDS,
    )


def lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables of a new store."""
    connection.execute("BEGIN")
    for statement in schema.TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {schema.LAYOUT}")
    connection.execute("COMMIT")


def _create(path: Path) -> None:
    new = path.with_name(path.name + "-new")
    try:
        new.unlink(missing_ok=True)
        # Secrets are kept here: nobody else may read it. SQLite gives its side files the same permissions.
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(connect(new)) as connection:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            lay_out(connection)
            connection.execute("PRAGMA journal_mode = WAL")
        _sync(new)
        new.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise ConfigurationError(f"sqlite store {path} cannot be made: {error.strerror}") from error
    except sqlite3.Error as error:
        raise translated(error, f"sqlite store {path}") from error
    finally:
        new.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_header(path: Path) -> None:
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        raise StoreCorruptError(f"{path} is not a kubernel store: it is no SQLite database; choose another path")
    application = int.from_bytes(header[_APPLICATION_AT : _APPLICATION_AT + 4], "big")
    if application != schema.APPLICATION_ID:
        raise StoreCorruptError(
            f"{path} is not a kubernel store: it is a database of another program (application id {application:#x}); "
            "choose another path"
        )
    layout = int.from_bytes(header[_LAYOUT_AT : _LAYOUT_AT + 4], "big")
    if layout > schema.LAYOUT:
        raise StoreCorruptError(
            f"sqlite store {path} was written by a newer kubernel (layout {layout}, this one knows {schema.LAYOUT})"
        )


def _check_content(path: Path, size: int) -> None:
    """Read the tables, and every page of a small file, without the right to write (which would leave side files behind)."""
    log = path.with_name(path.name + "-wal")
    mode = "ro" if log.exists() else "immutable"
    try:
        with closing(connect(path, mode)) as connection:
            names = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")}
            if names != schema.NAMES:
                found = ", ".join(sorted(names)) or "none"
                raise StoreCorruptError(f"sqlite store {path} is damaged: it has the tables {found}")
            if connection.execute("SELECT count(*) FROM history").fetchone() != (1,):
                raise StoreCorruptError(f"sqlite store {path} is damaged: its history table is empty")
            if size <= CHECKED_BYTES:
                found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
                if found != "ok":
                    raise StoreCorruptError(f"sqlite store {path} is damaged: {' '.join(found.split())}")
    except sqlite3.Error as error:
        raise translated(error, f"sqlite store {path}") from error
