"""Becoming a command: what happens between fork and exec.

The supervisor has one thread, so the forked child may run Python until it becomes the command. It reports a failure through a
pipe that closes by itself when the exec succeeds: the parent knows for sure whether the command was started.
"""

import errno
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from kubernel_process.processes import boot_id, read_process
from kubernel_process.records import write_record
from kubernel_process.supervisor import mounts

UNIQUE_SESSION_SIGNALS = (signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGXFSZ)


class Command(NamedTuple):
    """What to become."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    directory: str
    user: int | None = None
    group: int | None = None
    groups: Sequence[int] = ()
    mounts: Sequence[Mapping[str, Any]] = ()
    """Mounts to make in a mount namespace of its own; none leaves the process in the host's."""
    enter: int = 0
    """The process whose namespaces to enter instead."""
    record: Path | None = None
    """Where the child writes who it is, before it becomes the command."""


class SpawnError(Exception):
    """The command could not be started; the message says why in the words that people know from container runtimes."""


def spawn(command: Command, streams: tuple[int, int, int]) -> int:
    """Start a command in a session of its own; gives its process number.

    :param streams: the descriptors that become stdin, stdout and stderr.
    :raises SpawnError: it could not be started; nothing of it is left.
    """
    read, write = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        _become(command, streams, write)
    os.close(write)
    try:
        complaint = _read_all(read)
    finally:
        os.close(read)
    if complaint:
        os.waitpid(pid, 0)
        raise SpawnError(complaint.decode(errors="replace"))
    return pid


def _read_all(descriptor: int) -> bytes:
    pieces = []
    while piece := os.read(descriptor, 4096):
        pieces.append(piece)
    return b"".join(pieces)


def _become(command: Command, streams: tuple[int, int, int], report: int) -> NoReturn:
    try:
        _prepare(command, streams)
        os.execvpe(_executable(command), list(command.arguments), dict(command.environment))
    except BaseException as error:  # noqa: BLE001 - whatever happens here must end in the report, never in the parent's loop
        os.write(report, _complaint(command, error).encode(errors="replace"))
    finally:
        os._exit(128)


def _prepare(command: Command, streams: tuple[int, int, int]) -> None:
    os.setsid()
    # The supervisor ignores and handles some; a command begins with the system's defaults.
    for number in UNIQUE_SESSION_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.umask(0o022)
    for target, source in enumerate(streams):
        os.dup2(source, target)
    # Before the mounts, which may cover the place where the record goes.
    if command.record is not None:
        pid = os.getpid()
        process = read_process(pid)
        start = process.start if process else 0
        write_record(command.record, {"pid": pid, "start": start, "boot": boot_id(), "started_at": time.time()})
    if command.enter:
        mounts.enter(command.enter)
    elif command.mounts:
        mounts.make(command.mounts)
    if command.group is not None:
        os.setgid(command.group)
    if command.user is not None and command.user != os.geteuid():
        os.setgroups(list(command.groups))
        os.setuid(command.user)
    os.chdir(command.directory)


def _executable(command: Command) -> str:
    name = command.arguments[0]
    if "/" in name:
        return name
    for directory in command.environment.get("PATH", os.defpath).split(":"):
        candidate = f"{directory}/{name}"
        if os.access(candidate, os.X_OK) and Path(candidate).is_file():
            return candidate
    raise LookupError(name)


def _complaint(command: Command, error: BaseException) -> str:
    name = command.arguments[0]
    if isinstance(error, LookupError):
        return f'exec: "{name}": executable file not found in $PATH'
    if isinstance(error, OSError):
        what = (os.strerror(error.errno) if error.errno else str(error)).lower()
        if error.filename == command.directory and error.filename != name:
            return f'chdir to working directory "{command.directory}": {what}'
        if error.errno == errno.EPERM and error.filename is None:
            return f'exec: "{name}": this host does not let pods change user, group or mounts: {what}'
        about = f" ({error.filename})" if error.filename and error.filename != name else ""
        return f'exec: "{name}": {what}{about}'
    return f'exec: "{name}": {type(error).__name__}: {error} (python {sys.version_info.major}.{sys.version_info.minor})'
