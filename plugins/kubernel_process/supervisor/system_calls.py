"""The system calls that Python 3.11 has no function for, each raising OSError as Python's own do."""

import ctypes
import os

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWUSER = 0x00020000, 0x04000000, 0x10000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_SLAVE = 1, 32, 4096, 16384, 1 << 19
_MNT_DETACH = 2
_PR_SET_CHILD_SUBREAPER = 36
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217, "armv7l": 218, "i686": 217}

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, about: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), about)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none is lost and all are reaped."""
    _check(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")


def unshare(flags: int) -> None:
    """Leave namespaces for new ones."""
    _check(_libc.unshare(flags), "namespaces")


def setns(descriptor: int, flags: int) -> None:
    """Join the namespaces of a process, given by its descriptor."""
    _check(_libc.setns(descriptor, flags), "namespaces")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """mount(2)"""
    _check(_libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()), target)


def detach(target: str) -> None:
    """Unmount lazily, with everything below."""
    _check(_libc.umount2(target.encode(), _MNT_DETACH), target)


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root of the mount namespace; the old one appears at `old`, which lies in the new one."""
    _check(_libc.syscall(_PIVOT_ROOT[os.uname().machine], new.encode(), old.encode()), new)


def sethostname(name: str) -> None:
    """The host name of this UTS namespace; longer ones than the kernel takes are cut."""
    encoded = name.encode()[:64]
    _check(_libc.sethostname(encoded, len(encoded)), "hostname")
