"""What SQLite says, in the words of the port: the one border where its errors become the store's."""

import sqlite3

from kubernel.errors import StoreCorruptError, StoreError, StoreUnavailableError

_PRIMARY = 0xFF
"""The low byte of an extended result code is its plain one."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_REASONS = {
    sqlite3.SQLITE_FULL: "has no room left on its disk",
    sqlite3.SQLITE_BUSY: "is locked by another process",
    sqlite3.SQLITE_LOCKED: "is locked by another process",
    sqlite3.SQLITE_READONLY: "cannot be written",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_IOERR: "cannot be read or written",
}


def result_code(error: sqlite3.Error) -> int:
    """SQLite's plain result code, or 0 where Python raised the error by itself."""
    return int(getattr(error, "sqlite_errorcode", 0)) & _PRIMARY


def translated(error: sqlite3.Error, place: str) -> StoreError:
    """The store's error for one of SQLite's; `place` names the store."""
    code = result_code(error)
    if code in _DAMAGED:
        return StoreCorruptError(f"{place} is damaged: {error}")
    return StoreUnavailableError(f"{place} {_REASONS.get(code, 'cannot be used')}: {error}")


def closed(place: str) -> StoreUnavailableError:
    """What every call after `close` gets."""
    return StoreUnavailableError(f"{place} is closed")
