"""Directories and files of the host that a pod names itself; the type says what must be there, or is to be made."""

import stat
from pathlib import Path

from kubernel.node.volumes.contents import VolumeError
from kubernel.types.json import Object


def host_path(source: Object) -> Path:
    """The path, made where its type asks for that.

    :raises VolumeError: there is something else, or nothing.
    """
    path, kind = Path(source["path"]), source.get("type") or ""
    if not path.is_absolute():
        raise VolumeError(f"hostPath {source['path']!r} must be an absolute path")
    if kind == "DirectoryOrCreate":
        path.mkdir(mode=0o755, parents=True, exist_ok=True)
    elif kind == "FileOrCreate" and not path.exists():
        try:
            path.touch(0o644)
        except FileNotFoundError:
            raise VolumeError(f"hostPath type check failed: {path} cannot be made, its directory does not exist") from None
    if kind and not _is(path, kind):
        wanted = {"Directory": "directory", "DirectoryOrCreate": "directory", "Socket": "socket file"}.get(kind, "file")
        wanted = {"CharDevice": "character device", "BlockDevice": "block device"}.get(kind, wanted)
        raise VolumeError(f"hostPath type check failed: {path} is not a {wanted}")
    if not kind and not path.exists():
        # Container runtimes make an empty directory here; so does this.
        path.mkdir(mode=0o755, parents=True)
    return path


def _is(path: Path, kind: str) -> bool:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    match kind:
        case "Directory" | "DirectoryOrCreate":
            return stat.S_ISDIR(mode)
        case "File" | "FileOrCreate":
            return stat.S_ISREG(mode)
        case "Socket":
            return stat.S_ISSOCK(mode)
        case "CharDevice":
            return stat.S_ISCHR(mode)
        case _:
            return stat.S_ISBLK(mode)
