"""What `/proc` says about processes: who they are, which of them belong to a container, how a lost one ended.

A process number alone names nothing, since the system uses it again: a process is known by its number, its start time in ticks
since boot, and the boot. A container's processes are those of its session, and those that left the session but still carry
its mark in their environment.
"""

import fcntl
import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

MARK = "KUBERNEL_CONTAINER_ID"
_PROC = Path("/proc")

# From linux/pidfd.h: since Linux 6.15 a descriptor of a process gives its exit status, even to who is not its parent.
_PIDFD_GET_INFO = (3 << 30) | (64 << 16) | (0xFF << 8) | 11
_PIDFD_INFO_EXIT = 1 << 3


class Process(NamedTuple):
    """One line of `/proc/PID/stat`, as far as it matters here."""

    pid: int
    state: str
    parent: int
    session: int
    cpu_ticks: int
    start: int
    resident_pages: int
    exit_status: int


def read_process(pid: int) -> Process | None:
    """The process, or None where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command is in parentheses and may itself hold spaces and parentheses.
    fields = text[text.rindex(")") + 2 :].split()
    return Process(
        pid=pid,
        state=fields[0],
        parent=int(fields[1]),
        session=int(fields[3]),
        cpu_ticks=sum(int(ticks) for ticks in fields[11:15]),
        start=int(fields[19]),
        resident_pages=int(fields[21]),
        exit_status=int(fields[49]),
    )


def boot_id() -> str:
    """Tells one boot of this machine from another."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def is_same(pid: int, start: int, boot: str) -> bool:
    """Whether the process that was recorded is still the one of this number, and has not ended."""
    process = read_process(pid) if boot == boot_id() else None
    return process is not None and process.start == start and process.state not in "ZX"


def all_processes() -> Iterator[Process]:
    """Every process that runs now."""
    for name in os.listdir(_PROC):  # noqa: PTH208 - names only, a thousand times
        if name.isdigit():
            process = read_process(int(name))
            if process is not None and process.state not in "ZX":
                yield process


class Claim(NamedTuple):
    """What makes a process part of a container: its session (0: unknown), its mark, and that it is not older."""

    container_id: str
    session: int
    since: int


def claimed(claims: Iterable[Claim]) -> dict[str, list[Process]]:
    """The running processes of each container, found in one walk through `/proc`."""
    by_session = {claim.session: claim.container_id for claim in claims if claim.session}
    by_mark = {f"{MARK}={claim.container_id}".encode(): claim.container_id for claim in claims}
    oldest = min((claim.since for claim in claims), default=0)
    found: dict[str, list[Process]] = {claim.container_id: [] for claim in claims}
    for process in all_processes():
        if process.start < oldest:
            continue
        owner = by_session.get(process.session) or _marked(process.pid, by_mark)
        if owner:
            found[owner].append(process)
    return found


def _marked(pid: int, by_mark: dict[bytes, str]) -> str | None:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:  # it ended meanwhile, or belongs to somebody else
        return None
    for entry in environment.split(b"\0"):
        if entry in by_mark:
            return by_mark[entry]
    return None


def lost_status(pid: int, descriptor: int) -> int | None:
    """The wait status of a process that is not our child and has ended; None where the system no longer knows it.

    :param descriptor: one of `os.pidfd_open`, opened while it ran.
    """
    process = read_process(pid)
    if process is not None and process.state == "Z":
        return process.exit_status
    buffer = bytearray(struct.pack("<Q", _PIDFD_INFO_EXIT) + bytes(56))
    try:
        fcntl.ioctl(descriptor, _PIDFD_GET_INFO, buffer)
    except OSError:
        return None
    mask, *_, status = struct.unpack("<QQ11Ii", buffer)
    return int(status) if mask & _PIDFD_INFO_EXIT else None
