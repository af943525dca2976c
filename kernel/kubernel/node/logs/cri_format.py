"""The lines of a log in the CRI format: `2026-01-01T00:00:00.000000000Z stdout F text`."""

from dataclasses import dataclass
from datetime import datetime

from kubernel.types.times import parse_time


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the file. A part is not the end of a line of the program's output: the next entry of its stream goes on."""

    time: bytes
    stream: bytes
    part: bool
    text: bytes


def parse_entry(line: bytes) -> Entry | None:
    """The entry of a line without its end, or None where the line is not of this format."""
    words = line.split(b" ", 3)
    if len(words) != 4 or words[2][:1] not in (b"F", b"P"):
        return None
    return Entry(words[0], words[1], words[2].startswith(b"P"), words[3])


def moment(entry: Entry) -> datetime:
    """When it was written, to the microsecond."""
    text = entry.time.decode()
    whole, dot, fraction = text.rstrip("Z").partition(".")
    return parse_time(f"{whole}{dot}{fraction[:6]}+00:00" if text.endswith("Z") else text)
