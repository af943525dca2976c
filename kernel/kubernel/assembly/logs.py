"""Where kubernel's own log lines go: one format for every process."""

import logging
import os
import sys
from io import TextIOWrapper
from pathlib import Path

from kubernel.errors import ConfigurationError

FORMAT = "%(asctime)s %(levelname)s %(name)s [%(threadName)s] %(message)s"


def log_to_stderr(level: int = logging.INFO) -> None:
    """For processes whose standard error is a log already."""
    logging.basicConfig(stream=sys.stderr, level=level, format=FORMAT)


def log_to_file(path: Path, level: int = logging.INFO) -> None:
    """For processes whose standard error is a person's terminal.

    :raises ConfigurationError: the file cannot be written.
    """
    try:
        logging.basicConfig(handlers=[_PrivateFile(path)], level=level, format=FORMAT)
    except OSError as error:
        raise ConfigurationError(f"cannot write the log {path}: {error.strerror}") from error


class _PrivateFile(logging.FileHandler):
    """A log that only its user reads: events and errors name what runs."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")
