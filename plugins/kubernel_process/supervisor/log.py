"""A container's log in the CRI format: `TIME stdout|stderr F|P TEXT`, one line each.

A line without its end is written at once as a part (P), not held back: a supervisor that is killed then loses nothing that it
has read, and a prompt without a newline is seen when it is written. The reader joins the parts.
"""

import os
import time

LONGEST = 16 * 1024
"""Longer lines are cut into parts of this many bytes, as container runtimes do."""


def stamp(nanoseconds: int) -> bytes:
    """RFC 3339 in UTC with nanoseconds."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)).encode() + b".%09dZ" % rest


def entries(prefix: bytes, data: bytes) -> bytes:
    """A piece of output as lines of the log; `prefix` is the time and the stream."""
    out: list[bytes] = []
    *whole, rest = data.split(b"\n")
    for line in whole:
        while len(line) > LONGEST:
            out.append(b"%s P %s\n" % (prefix, line[:LONGEST]))
            line = line[LONGEST:]
        out.append(b"%s F %s\n" % (prefix, line))
    while rest:
        out.append(b"%s P %s\n" % (prefix, rest[:LONGEST]))
        rest = rest[LONGEST:]
    return b"".join(out)


class LogFile:
    """Where the lines go; opened when the first one comes, and again after `reopen`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1
        self.dropped = 0
        """How many bytes could not be written, because the disk was full."""

    def write(self, stream: str, data: bytes) -> None:
        """Append what a stream gave."""
        if not self._path:
            return
        text = entries(stamp(time.time_ns()) + b" " + stream.encode(), data)
        try:
            if self._descriptor < 0:
                self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
            while text:
                text = text[os.write(self._descriptor, text) :]
        except OSError:
            # The container must go on when its log's disk is full or its directory is gone; the loss is counted and told.
            self.dropped += len(text)

    def reopen(self) -> None:
        """The file was moved away: go on in a new one."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    close = reopen
