"""The command line: one module per command, loaded only when it is called, so that `kubernel up` starts at once.

An error that a person can mend ends a command with one sentence on standard error and exit code 1 (2 for a wrong usage); a
bug of ours ends it with its traceback.
"""

import errno
import sys
from importlib import import_module

import click

from kubernel import __version__
from kubernel.assembly.limits import tune_interpreter
from kubernel.errors import KernelError

COMMANDS = {
    "up": "start a cluster and keep it running in the foreground",
    "down": "stop a running cluster",
    "status": "show what runs and how it is",
    "kubeconfig": "print the administrator's kubeconfig",
    "plugins": "list plugins, what they bring, and what is wrong with them",
    "demo": "watch a cluster deploy, scale and roll out a web service",
    "server": "run only the API server",
    "scheduler": "run only the scheduler",
    "controllers": "run only the controllers",
    "agent": "run only a node agent",
    "version": "print the version",
}


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""What any file may meet at any time, and a person can mend."""


class Commands(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"kubernel.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="kubernel")
def group() -> None:
    """A whole cluster from one pip install: it speaks the Kubernetes API, and every part of it is a plugin."""


def main() -> None:
    """The `kubernel` command."""
    tune_interpreter()
    try:
        group(standalone_mode=True)
    except KernelError as error:
        _fail(str(error))
    except OSError as error:
        if error.errno not in FULL:
            raise
        place = f" {error.filename}" if error.filename else ""
        _fail(f"cannot write{place}: {error.strerror}")


def _fail(sentence: str) -> None:
    click.echo(f"kubernel: {sentence}", err=True)
    sys.exit(1)
