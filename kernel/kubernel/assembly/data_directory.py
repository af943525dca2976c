"""The cluster's directory: who holds it, what it remembers from one start to the next, and where everything lies in it.

    cluster.json      name, slot and port, chosen at the first start
    lock              held by the running `up`, with its process id
    running.json      how to reach what runs now; gone after a clean end
    store.db  pki/  tokens.csv  kubeconfig  kubernel.log  nodes/NAME/

The *slot* is the cluster's share of the loopback addresses, see `slots`.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from kubernel.assembly import slots
from kubernel.errors import ConfigurationError

FORMAT = 1


@dataclass(slots=True)
class Identity:
    """What a cluster decides once."""

    name: str
    slot: int
    port: int
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Running:
    """What a running `up` tells other commands."""

    pid: int
    url: str
    components_pid: int = 0


class DataDirectory:
    """One cluster's directory; `hold` it before anything in it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: int | None = None
        self._slot: slots.HeldSlot | None = None

    @property
    def store_file(self) -> Path:
        return self.path / "store.db"

    @property
    def pki(self) -> Path:
        return self.path / "pki"

    @property
    def tokens(self) -> Path:
        """Static bearer tokens, a line each: token, user, uid, groups."""
        return self.path / "tokens.csv"

    @property
    def kubeconfig(self) -> Path:
        return self.path / "kubeconfig"

    @property
    def log(self) -> Path:
        return self.path / "kubernel.log"

    def node(self, name: str) -> Path:
        return self.path / "nodes" / name

    @property
    def is_cluster(self) -> bool:
        """Whether a cluster was ever started here; nothing else may be deleted in its name."""
        try:
            return (self.path / "cluster.json").exists()
        except OSError as error:  # a directory above it is closed to us
            raise self._unusable(error) from error

    def hold(self) -> None:
        """Make the directory if need be and lock it. Holding twice is a no-op.

        :raises ConfigurationError: it cannot be made or written, or another process holds it.
        """
        if self._lock is not None:
            return
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(lock, 32, 0).decode().strip() or "unknown"
            os.close(lock)
            raise ConfigurationError(
                f"a cluster is already running on {self.path} (process {holder}); "
                "stop it with `kubernel down`, or give another --name"
            ) from error
        self._lock = lock
        try:
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:  # a full disk
            self.release()
            raise self._unusable(error) from error

    def holder(self) -> int:
        """The process that holds the directory, 0 when nobody does.

        :raises ConfigurationError: this user may not look.
        """
        try:
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            text = os.pread(lock, 32, 0).decode().strip()
            return int(text) if text.isdigit() else -1
        finally:
            os.close(lock)
        return 0

    def _unusable(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(f"cannot use the data directory {self.path}: {error.strerror}")

    def identity(self, name: str, port: int) -> Identity:
        """What the first start decided, or decide it now: a free slot, and the port (0 leaves it to be told later).

        :raises ConfigurationError: the file is damaged or of a newer version, or no slot is free.
        """
        path = self.path / "cluster.json"
        try:
            known = Identity(**json.loads(path.read_text()))
        except FileNotFoundError:
            self._slot = slots.take_any(self.path)
            return Identity(name, self._slot.number, port)
        except (OSError, ValueError, TypeError) as error:
            raise ConfigurationError(f"{path} is damaged ({error}); restore it, or start with another data directory") from error
        if known.format > FORMAT:
            raise ConfigurationError(f"{path} was written by a newer kubernel (format {known.format}); use that one")
        self._slot = slots.take_again(known.slot, self.path)
        if self._slot is None:
            raise ConfigurationError(
                f"the addresses of this cluster (slot {known.slot}) are in use by another running cluster, which may be another "
                "user's; stop that one first, or start under another --name"
            )
        return known

    def remember(self, identity: Identity) -> None:
        """Write the identity, whole or not at all."""
        write_atomically(self.path / "cluster.json", json.dumps(asdict(identity), indent=1) + "\n")

    def announce(self, running: Running) -> None:
        """Tell other commands how to reach this cluster."""
        write_atomically(self.path / "running.json", json.dumps(asdict(running)) + "\n")

    def running(self) -> Running | None:
        """What runs now, None when nothing does."""
        return self.last_run() if self.holder() else None

    def last_run(self) -> Running | None:
        """What runs now or was never ended cleanly, None after a clean end."""
        try:
            return Running(**json.loads((self.path / "running.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def release(self) -> None:
        """Let go; a no-op when it was not held."""
        if self._lock is not None:
            (self.path / "running.json").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None
        if self._slot is not None:
            self._slot.release()
            self._slot = None


def write_atomically(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace a file's content so that a reader, or a crash, never meets half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
