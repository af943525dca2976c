"""How commands talk to the person in front: lines on standard output that never decide over what the command does.

A cluster outlives whoever listened to it: when the other end is gone (a closed pipe, a closed or full standard output), what
cannot be told goes to the log, and everything else goes on.
"""

import logging
import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

_log = logging.getLogger("kubernel.cli")


def tell(line: str, *, end: str = "\n") -> None:
    """Print a line at once."""
    if sys.stdout is None:
        _log.info("%s", line)
        return
    try:
        click.echo(line + end, nl=False)
        sys.stdout.flush()
    except OSError as error:
        _log.info("nobody listens any more (%s): %s", error.strerror, line)
        _listen_no_more()


def _listen_no_more() -> None:
    """Send the rest nowhere, also what the interpreter flushes at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def console() -> "Console":
    """For colours and progress; lines are as long as they are, so that what is piped on can be searched line by line."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)
