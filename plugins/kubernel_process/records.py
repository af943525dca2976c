"""What is on disk of every sandbox and container: the only truth of this runtime, shared by the agent and the supervisor.

Both can be killed at any moment. So each fact is a small file that is written whole and then renamed into place, by one writer:
the runtime writes `config.json` before anything runs, the container's own process writes `running.json` just before it becomes
the command, the supervisor writes `exit.json` when nothing of the container is left. The files may hold secrets of the
environment: the directory is for its owner only.

This module is imported by the supervisor, which keeps its imports few.
"""

import json
import os
from pathlib import Path
from typing import Any

PRIVATE = 0o700


class ContainerFiles:
    """The files of one container."""

    __slots__ = ("directory",)

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def id(self) -> str:
        return self.directory.name

    @property
    def config(self) -> Path:
        return self.directory / "config.json"

    @property
    def running(self) -> Path:
        return self.directory / "running.json"

    @property
    def exit(self) -> Path:
        return self.directory / "exit.json"

    def stream(self, name: str) -> Path:
        """The named pipe of stdin, stdout or stderr."""
        return self.directory / name


class Layout:
    """Where things are in the runtime's directory."""

    __slots__ = ("containers", "directory", "lock", "log", "sandboxes", "socket")

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.containers = directory / "containers"
        self.sandboxes = directory / "sandboxes"
        self.socket = directory / "supervisor.sock"
        self.lock = directory / "supervisor.lock"
        self.log = directory / "supervisor.log"

    def prepare(self) -> None:
        """Make what is not there yet."""
        self.directory.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        self.directory.chmod(PRIVATE)
        self.containers.mkdir(mode=PRIVATE, exist_ok=True)
        self.sandboxes.mkdir(mode=PRIVATE, exist_ok=True)

    def container(self, container_id: str) -> ContainerFiles:
        return ContainerFiles(self.containers / container_id)

    def all_containers(self) -> list[ContainerFiles]:
        """Every container that was created to the end; a directory without its configuration is the rest of a crash."""
        found = [ContainerFiles(path) for path in sorted(self.containers.iterdir())]
        return [files for files in found if files.config.exists()]


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write a record so that a reader sees the old one, or none, or all of the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(json.dumps(record).encode())
    temporary.rename(path)


def read_record(path: Path) -> dict[str, Any] | None:
    """A record, or None where there is none (or where a power cut left half of one)."""
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return record
