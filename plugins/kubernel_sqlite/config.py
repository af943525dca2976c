"""What a store URL says: `sqlite:///PATH` for a file, `sqlite://` for memory, and how much of the past is kept.

PATH is what follows the third slash, so `sqlite:///state.db` lies in the working directory and `sqlite:////var/lib/state.db` is
absolute. `?retain=REVISIONS&retain_seconds=SECONDS` bounds the log of changes: a change is forgotten as soon as it is beyond
either bound.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from kubernel.errors import ConfigurationError

SCHEME = "sqlite"

RETAIN_REVISIONS = 100_000
"""Enough for a watch to resume after a pause of half a minute at the highest rate of writes, while the log stays in the order
of a hundred megabytes."""

RETAIN_SECONDS = 300.0
"""Clients of Kubernetes expect a list's continue token to live for about five minutes."""

LEAST_REVISIONS = 100
"""Fewer would make a watch expire between a list and its watch on a busy cluster."""

LEAST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class SqliteConfig:
    """`path` None keeps everything in memory."""

    path: Path | None
    retain_revisions: int = RETAIN_REVISIONS
    retain_seconds: float = RETAIN_SECONDS

    @property
    def place(self) -> str:
        """How messages name this store."""
        return "sqlite store in memory" if self.path is None else f"sqlite store {self.path}"


def parse(url: str) -> SqliteConfig | None:
    """The configuration that a URL stands for; None for a scheme of somebody else.

    :raises ConfigurationError: the URL is of this scheme but makes no sense.
    """
    parts = urlsplit(url)
    if parts.scheme != SCHEME:
        return None
    if not url.startswith(f"{SCHEME}://"):
        raise ConfigurationError(f"store URL {url!r} lacks its slashes; write sqlite:///PATH, or sqlite:// for memory")
    if parts.netloc:
        raise ConfigurationError(
            f"store URL {url!r} names the host {parts.netloc!r}, but this store has none; write sqlite:///PATH"
        )
    if parts.fragment:
        raise ConfigurationError(f"store URL {url!r} has a fragment; write %23 for a number sign in the path")
    retain_revisions, retain_seconds = float(RETAIN_REVISIONS), RETAIN_SECONDS
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name == "retain":
            retain_revisions = _number(url, name, value, LEAST_REVISIONS)
        elif name == "retain_seconds":
            retain_seconds = _number(url, name, value, LEAST_SECONDS)
        else:
            raise ConfigurationError(f"store URL {url!r} has an unknown option {name!r}; known: retain, retain_seconds")
    # `resolve` so that two names of one file are one store, and so that a later change of directory does not matter.
    path = Path(unquote(parts.path[1:])).resolve() if parts.path[1:] else None
    return SqliteConfig(path, int(retain_revisions), retain_seconds)


def _number(url: str, name: str, value: str, least: float) -> float:
    if not value.isdecimal() or int(value) < least:
        raise ConfigurationError(f"store URL {url!r}: {name} is a whole number of at least {least:g}, found {value!r}")
    return float(value)
