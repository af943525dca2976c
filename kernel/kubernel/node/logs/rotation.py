"""Keeps logs from filling the disk: a file that is too large is put aside, and the oldest of those put aside go."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from kubernel.node.logs.files import rotated


def rotate(path: Path, *, max_bytes: int, max_files: int, now: datetime, reopen: Callable[[], None]) -> bool:
    """Put the file aside if it is larger than `max_bytes`; whether it was.

    :param max_files: how many files of this log there may be, the present one counted.
    :param reopen: have the writer go on in a new file.
    """
    try:
        if path.stat().st_size <= max_bytes:
            return False
    except FileNotFoundError:
        return False
    path.rename(path.with_name(f"{path.name}.{now:%Y%m%d-%H%M%S-%f}"))
    reopen()
    for old in rotated(path)[: -(max_files - 1) or None]:
        old.unlink(missing_ok=True)
    return True
