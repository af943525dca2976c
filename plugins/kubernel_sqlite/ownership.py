"""Who owns a store's file: one process at a time.

Two writers on one file would each be right for SQLite, but neither would tell its watches of the other's changes. So the owner
holds a lock on a small file beside the store, which the system releases when the process dies in whatever way. It is not taken
on the store's own file: closing any descriptor of that one would drop the locks that SQLite holds on it in this process.
"""

import fcntl
import os
from pathlib import Path

from kubernel.errors import ConfigurationError, StoreUnavailableError


class Ownership:
    """The held lock; `release` gives it back and removes its file."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    def release(self) -> None:
        # Removed while still held: whoever opens it next makes a new one, and whoever has it open already notices.
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def take(store: Path) -> Ownership:
    """Become the owner of a store's file.

    :raises StoreUnavailableError: another process, or another store of this one, owns it.
    :raises ConfigurationError: the directory cannot be written.
    """
    path = store.with_name(store.name + "-owner")
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigurationError(f"sqlite store {store}: {path} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise StoreUnavailableError(f"sqlite store {store} is in use by process {owner}") from error
        if _is_still(path, descriptor):
            os.truncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
            return Ownership(path, descriptor)
        os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the locked file is the one that others would open now (its former owner may have just removed it)."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
