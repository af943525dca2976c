"""Reading a log as it was asked for: since when, how many lines from the end, how many bytes, with or without times.

`LogReader` is a machine without waiting: `read` gives what there is now and can be called again for what came since, across
rotation. Who follows a log asks again and again; nobody needs a thread for that.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kubernel.node.logs.cri_format import Entry, moment, parse_entry
from kubernel.node.logs.files import all_parts, rotated

PIECE = 1 << 16
_PART = re.compile(rb"^\S+ std(?:out|err) P ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LogOptions:
    """As in the API's `PodLogOptions`; None is no limit."""

    follow: bool = False
    previous: bool = False
    since: datetime | None = None
    tail: int | None = None
    limit_bytes: int | None = None
    timestamps: bool = False


class LogReader:
    """See the module. To be closed by whoever is done with it."""

    def __init__(self, path: Path, options: LogOptions) -> None:
        self._path, self._options = path, options
        self._left = options.limit_bytes
        self._waiting = list(all_parts(path))
        self._skip = _lines_before_tail(self._waiting, options.tail) if options.tail is not None else 0
        self._since = options.since
        self._descriptor = -1
        self._rest = b""
        self._middle: set[bytes] = set()
        """The streams whose line goes on: their next entry gets no time of its own."""

    def read(self) -> Iterator[bytes]:
        """What there is now, in pieces; nothing when everything was read. Ends early when the byte limit is reached."""
        while not self.exhausted:
            if self._descriptor < 0 and not self._open_next():
                return
            data = os.read(self._descriptor, PIECE)
            if data:
                piece = self._within_limit(self._convert(data))
                if piece:
                    yield piece
            elif self._moved_on():
                # The file was put aside: whatever the writer still added to it before it let go was read just now.
                self._close_file()
            else:
                return

    @property
    def exhausted(self) -> bool:
        """The byte limit was reached."""
        return self._left is not None and self._left <= 0

    def close(self) -> None:
        self._close_file()
        self._waiting.clear()

    def _open_next(self) -> bool:
        if not self._waiting:
            if not self._path.exists():
                return False
            self._waiting.append(self._path)
        path = self._waiting.pop(0)
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            # Rotation took the oldest away, or the present one aside, between our look and now.
            return bool(self._waiting) and self._open_next()
        self._rest = b""
        return True

    def _close_file(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _moved_on(self) -> bool:
        """Whether this file gets nothing more: there are newer ones, and it was read to its end after they began."""
        if self._waiting:
            return True
        own = os.fstat(self._descriptor)
        try:
            present = self._path.stat()
        except FileNotFoundError:
            return False
        if (present.st_dev, present.st_ino) == (own.st_dev, own.st_ino):
            return False
        if os.lseek(self._descriptor, 0, os.SEEK_CUR) < own.st_size:
            return False
        self._waiting = [*self._rotated_after(own.st_ino), self._path]
        return True

    def _rotated_after(self, inode: int) -> list[Path]:
        """The files that were begun after ours and were put aside already."""
        after: list[Path] = []
        for path in reversed(rotated(self._path)):
            if path.stat().st_ino == inode:
                return after[::-1]
            after.append(path)
        return []

    def _convert(self, data: bytes) -> bytes:
        *lines, self._rest = (self._rest + data).split(b"\n")
        out: list[bytes] = []
        for line in lines:
            entry = parse_entry(line)
            if entry is not None:
                self._take(entry, out)
        return b"".join(out)

    def _take(self, entry: Entry, out: list[bytes]) -> None:
        if self._skip:
            self._skip -= 0 if entry.part else 1
            return
        if self._since is not None:
            if moment(entry) < self._since:
                return
            # Entries are in order: the first late enough one ends the search.
            self._since = None
        if self._options.timestamps and entry.stream not in self._middle:
            out.append(entry.time + b" ")
        out.append(entry.text)
        if entry.part:
            self._middle.add(entry.stream)
        else:
            self._middle.discard(entry.stream)
            out.append(b"\n")

    def _within_limit(self, piece: bytes) -> bytes:
        if self._left is None:
            return piece
        piece = piece[: self._left]
        self._left -= len(piece)
        return piece


def _lines_before_tail(parts: list[Path], tail: int) -> int:
    """How many whole lines to skip so that `tail` are left; files that are skipped entirely leave the list.

    Counted from the end, file by file, so that the last lines of a large log are found without reading all of it.
    """
    wanted = tail
    for position in range(len(parts) - 1, -1, -1):
        count = _count_lines(parts[position])
        if count > wanted or (count == wanted and tail == 0):
            del parts[:position]
            return count - wanted
        wanted -= count
    return 0


def _count_lines(path: Path) -> int:
    """The whole lines in a file; a part at the very end counts as one, since it is shown as one."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return 0
    # Counting bytes is a hundred times faster than parsing entries, and most logs have no parts at all.
    count = data.count(b"\n")
    if b" P " not in data:
        return count
    parts = len(_PART.findall(data))
    last = parse_entry(data.rstrip(b"\n").rpartition(b"\n")[2])
    return count - parts + (1 if last is not None and last.part else 0)


def last_lines(path: Path, *, lines: int, max_bytes: int) -> str:
    """The end of a log as text: for the message of a container that ended without one of its own."""
    reader = LogReader(path, LogOptions(tail=lines))
    try:
        text = b"".join(reader.read())
    finally:
        reader.close()
    return text[-max_bytes:].decode(errors="replace")
