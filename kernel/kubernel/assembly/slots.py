"""Slots: a running cluster's share of the loopback addresses, and the memory of who had which.

Sixteen clusters fit beside each other on one host (see `kubernel.types.network`). A running one marks its slot by a socket name
that the system frees when the process dies. That mark is gone after a crash, while the cluster still means to come back to its
addresses; so each slot also has a file that names the data directory it belongs to, and a new cluster takes such a slot only when
no other is left, the longest unused one first.
"""

import errno
import logging
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from kubernel.assembly.places import base_directory
from kubernel.errors import ConfigurationError
from kubernel.types.network import SLOTS

DYING_SECONDS = 2.0
"""The system closes a killed process's files one after the other: the directory's lock may go before the mark does."""
MARK = "\0kubernel-slot-%d"
_log = logging.getLogger("kubernel.assembly")


@dataclass(frozen=True, slots=True)
class HeldSlot:
    """A slot for as long as the process lives, or until `release`."""

    number: int
    _mark: socket.socket

    def release(self) -> None:
        """Let another cluster have it; the memory of whose it was stays."""
        self._mark.close()


def memory_directory() -> Path:
    """`$XDG_STATE_HOME/kubernel/slots`, by the XDG base directory specification."""
    return base_directory("XDG_STATE_HOME", ".local/state") / "kubernel" / "slots"


def take(number: int, owner: Path) -> HeldSlot | None:
    """Take this slot for the cluster in `owner`; None while another running cluster has it."""
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        mark.bind(MARK % number)
    except OSError as error:
        mark.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return None
    _remember(number, owner)
    return HeldSlot(number, mark)


def take_again(number: int, owner: Path) -> HeldSlot | None:
    """Take the slot that this cluster had before; a process of its own that is just dying is given a moment to let go of it."""
    deadline = time.monotonic() + DYING_SECONDS
    while (held := take(number, owner)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return held


def take_any(owner: Path) -> HeldSlot:
    """Take a slot that belongs to nobody, or else the one that was not used for the longest time.

    :raises ConfigurationError: every slot belongs to a running cluster.
    """
    for number in sorted(range(SLOTS), key=lambda number: (_last_use(number), number)):
        held = take(number, owner)
        if held is not None:
            return held
    raise ConfigurationError(f"{SLOTS} clusters run on this host already and no loopback addresses are left; stop one first")


def _last_use(number: int) -> float:
    """When the slot's cluster was last started, 0 when the slot belongs to nobody."""
    path = memory_directory() / str(number)
    try:
        owner = Path(path.read_text())
        return path.stat().st_mtime if (owner / "cluster.json").exists() else 0.0
    except OSError:
        return 0.0


def _remember(number: int, owner: Path) -> None:
    directory = memory_directory()
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        (directory / str(number)).write_text(str(owner))
    except OSError as error:
        _log.warning("slot %d is not remembered as this cluster's: %s", number, error)
