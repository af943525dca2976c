"""What this host is and has: read from /proc, /etc and the file system, without root."""

import os
import platform
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What does not change while the host is up."""

    architecture: str
    kernel_version: str
    os_image: str
    machine_id: str
    boot_id: str
    cpus: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class HostPressure:
    """What is running short."""

    memory_available: int
    disk_available: int
    disk_total: int
    processes: int
    processes_limit: int


def host_facts(state_directory: Path) -> HostFacts:
    """Look at the host. One without a machine id is given one that is kept in the state directory."""
    return HostFacts(
        architecture=ARCHITECTURES.get(platform.machine(), platform.machine()),
        kernel_version=platform.release(),
        os_image=_os_image(),
        machine_id=_machine_id(state_directory),
        boot_id=_text(Path("/proc/sys/kernel/random/boot_id")),
        cpus=len(os.sched_getaffinity(0)),
        memory_bytes=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
    )


def host_pressure(state_directory: Path) -> HostPressure:
    """Look at what may run short."""
    disk = shutil.disk_usage(state_directory)
    # "running/all" threads of the system is the fourth word.
    threads = _text(Path("/proc/loadavg")).split()
    return HostPressure(
        memory_available=_memory_available(),
        disk_available=disk.free,
        disk_total=disk.total,
        processes=int(threads[3].partition("/")[2]) if len(threads) > 3 else 0,
        processes_limit=int(_text(Path("/proc/sys/kernel/pid_max")) or 1 << 22),
    )


def disk_bytes(state_directory: Path) -> int:
    """How large the file system is that pods' files are on."""
    return shutil.disk_usage(state_directory).total


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _os_image() -> str:
    for line in _text(Path("/etc/os-release")).splitlines():
        name, _, value = line.partition("=")
        if name == "PRETTY_NAME":
            return value.strip('"')
    return "Linux"


def _machine_id(state_directory: Path) -> str:
    known = _text(Path("/etc/machine-id"))
    if known:
        return known
    kept = state_directory / "machine-id"
    if not _text(kept):
        kept.write_text(f"{uuid.uuid4().hex}\n")
    return _text(kept)


def _memory_available() -> int:
    for line in _text(Path("/proc/meminfo")).splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
