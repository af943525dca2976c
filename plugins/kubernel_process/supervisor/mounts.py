"""Volumes at their mount paths, by a mount namespace per container, where this host permits it.

There is no image: a container sees this host's file system. In a namespace of its own a mount path that exists is simply covered.
One that does not exist must not be made on the host; so the nearest existing directory is covered by a *mirror*, a directory in
memory in which every entry of the original is bound to itself, and the missing path is made there. For a path directly below `/`
the mirror becomes the root. Root needs nothing more; others need user namespaces, in which they stay who they are.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kubernel_process.supervisor.system_calls import (
    CLONE_NEWNS,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    MS_BIND,
    MS_RDONLY,
    MS_REC,
    MS_REMOUNT,
    MS_SLAVE,
    detach,
    mount,
    pivot_root,
    sethostname,
    setns,
    unshare,
)

_OLD_ROOT = ".kubernel-old-root"
_UNSEEN_DEVICES = ("vcs", "loop", "ram", "ttyS", "ttyprintk", *(f"tty{digit}" for digit in range(10)))
"""Left out of a mirror of `/dev`: there are hundreds of them, and no container has them."""


def permitted() -> bool:
    """Whether containers can have mounts of their own here, tried in a child."""
    pid = os.fork()
    if pid == 0:
        try:
            _separate("kubernel-probe")
            mount("tmpfs", "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp", "tmpfs", 0)
            mount("/proc/self", "/proc/self", "", MS_BIND | MS_REC)
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def make(mounts: Sequence[Mapping[str, Any]]) -> None:
    """Give the calling process a mount namespace with these mounts.

    The first entry may carry `hostname` and `staging` (a directory to cover while the root is built).

    :raises OSError: the host does not permit it, or a source is not there.
    """
    settings = mounts[0]
    _separate(settings["hostname"])
    wanted = sorted(mounts[1:], key=lambda wish: str(wish["target"]).count("/"))
    # Opened before anything is covered: a mount must not hide the source of another.
    sources = [os.open(wish["source"], os.O_PATH | os.O_CLOEXEC) for wish in wanted]
    pivoted = any(_nearest(wish["target"]) == Path("/") for wish in wanted)
    if pivoted:
        _mirror_root(settings["staging"])
    mirrored = {Path("/")} if pivoted else set()
    for wish, source in zip(wanted, sources, strict=True):
        directory = Path(f"/proc/self/fd/{source}").is_dir()
        _make_target(Path(wish["target"]), directory, mirrored)
        mount(f"/proc/self/fd/{source}", wish["target"], "", MS_BIND | MS_REC)
        if wish.get("read_only"):
            mount("", wish["target"], "", MS_REMOUNT | MS_BIND | MS_RDONLY | os.statvfs(wish["target"]).f_flag)
        os.close(source)
    if pivoted:
        detach(f"/{_OLD_ROOT}")
        Path(f"/{_OLD_ROOT}").rmdir()


def enter(pid: int) -> None:
    """Join the namespaces of a container's process, so that a command sees what it sees."""
    flags = 0
    for name, flag in (("user", CLONE_NEWUSER), ("mnt", CLONE_NEWNS), ("uts", CLONE_NEWUTS)):
        if Path(f"/proc/{pid}/ns/{name}").stat().st_ino != Path(f"/proc/self/ns/{name}").stat().st_ino:
            flags |= flag
    if flags:
        descriptor = os.pidfd_open(pid)
        setns(descriptor, flags)
        os.close(descriptor)


def _separate(hostname: str) -> None:
    user, group = os.geteuid(), os.getegid()
    flags = CLONE_NEWNS | CLONE_NEWUTS
    unshare(flags if user == 0 else flags | CLONE_NEWUSER)
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    # A slave sees what the host mounts later, and shows the host nothing.
    mount("", "/", "", MS_REC | MS_SLAVE)
    if hostname:
        sethostname(hostname)


def _nearest(target: str) -> Path:
    """The deepest directory above a missing path; the path itself where it exists."""
    path = Path(target)
    while not path.exists():
        path = path.parent
    return path


def _make_target(target: Path, directory: bool, mirrored: set[Path]) -> None:
    if target.exists():
        return
    parent = _nearest(str(target))
    if parent not in mirrored:
        _mirror(parent)
        mirrored.add(parent)
    made = target if directory else target.parent
    made.mkdir(parents=True, exist_ok=True)
    while made != parent:
        mirrored.add(made)
        made = made.parent
    if not directory:
        target.touch()


def _mirror(directory: Path) -> None:
    """Cover a directory by one in memory with the same entries."""
    original = os.open(directory, os.O_PATH | os.O_CLOEXEC)
    mount("tmpfs", str(directory), "tmpfs", 0, f"mode={directory.stat().st_mode & 0o7777:o},size=16m")
    _bind_entries(Path(f"/proc/self/fd/{original}"), directory, leave_out=_UNSEEN_DEVICES if directory == Path("/dev") else ())
    os.close(original)


def _mirror_root(staging: str) -> None:
    root = Path(staging)
    root.mkdir(exist_ok=True)
    mount("tmpfs", staging, "tmpfs", 0, "mode=755,size=16m")
    _bind_entries(Path("/"), root, leave_out=())
    (root / _OLD_ROOT).mkdir()
    os.chdir(staging)
    pivot_root(".", _OLD_ROOT)
    os.chdir("/")


def _bind_entries(source: Path, target: Path, leave_out: tuple[str, ...]) -> None:
    for entry in os.scandir(source):
        if leave_out and entry.name.startswith(leave_out):
            continue
        place = target / entry.name
        try:
            _bind_entry(entry, place)
        except FileNotFoundError:  # it went away while we looked, as things in /tmp do
            if place.is_dir():
                place.rmdir()
            else:
                place.unlink(missing_ok=True)


def _bind_entry(entry: "os.DirEntry[str]", place: Path) -> None:
    """:raises FileNotFoundError: the entry is gone; its place may be there, empty."""
    if entry.is_symlink():
        place.symlink_to(os.readlink(entry.path))  # noqa: PTH115 - the text of the link, as it is
        return
    if entry.is_dir():
        place.mkdir()
    else:
        place.touch()
    mount(entry.path, str(place), "", MS_BIND | MS_REC)
