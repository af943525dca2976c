"""A directory of files that change all at once, as Kubernetes lays it out: `KEY -> ..data/KEY`, `..data -> ..2026_...`.

A reader that opens `..data/a` and `..data/b` sees two files of one version. A change writes a new directory beside the old one
and moves the link; the old one is then removed.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DATA = "..data"


@dataclass(frozen=True, slots=True)
class File:
    """A file's content and permissions."""

    content: bytes
    mode: int = 0o644


def write_all(directory: Path, files: Mapping[str, File]) -> bool:
    """Bring the directory to exactly these files (by relative path); False where it holds them already.

    :raises OSError: the disk does not take it; readers then still see the old version.
    """
    directory.mkdir(parents=True, exist_ok=True)
    link = directory / DATA
    if link.exists() and _holds(link, files):
        return False
    old = Path(os.readlink(link)).name if link.is_symlink() else ""  # noqa: PTH115 - the text, not where it leads
    new = Path(tempfile.mkdtemp(prefix="..", dir=directory))
    new.chmod(0o755)
    for name, file in files.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(file.mode)
    temporary = directory / f"{DATA}_tmp"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(new.name)
    temporary.rename(link)
    _link_names(directory, {name.partition("/")[0] for name in files})
    if old and old != new.name:
        shutil.rmtree(directory / old, ignore_errors=True)
    return True


def _holds(link: Path, files: Mapping[str, File]) -> bool:
    root = link.resolve()
    present = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
    if set(present) != set(files):
        return False
    return all(
        present[name].read_bytes() == file.content and present[name].stat().st_mode & 0o7777 == file.mode
        for name, file in files.items()
    )


def _link_names(directory: Path, names: set[str]) -> None:
    for path in directory.iterdir():
        if not path.name.startswith("..") and path.name not in names:
            path.unlink()
    for name in names:
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(f"{DATA}/{name}")
