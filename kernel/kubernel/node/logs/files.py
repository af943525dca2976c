"""Where a container's log is: the file that is written now, and the older ones that rotation left beside it."""

from collections.abc import Sequence
from pathlib import Path


def rotated(path: Path) -> Sequence[Path]:
    """The files that rotation left, oldest first; their names end in the moment at which they were put aside."""
    return sorted(path.parent.glob(f"{path.name}.*"))


def all_parts(path: Path) -> Sequence[Path]:
    """All of a log, oldest first."""
    return [*rotated(path), *([path] if path.exists() else [])]
