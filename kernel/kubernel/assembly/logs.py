"""Where kubernel's own log lines go: one format for every process."""

import logging
import sys
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)s %(name)s [%(threadName)s] %(message)s"


def log_to_stderr(level: int = logging.INFO) -> None:
    """For processes whose standard error is a log already."""
    logging.basicConfig(stream=sys.stderr, level=level, format=FORMAT)


def log_to_file(path: Path, level: int = logging.INFO) -> None:
    """For processes whose standard error is a person's terminal."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    logging.basicConfig(filename=path, level=level, format=FORMAT)
