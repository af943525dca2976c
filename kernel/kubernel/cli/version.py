"""`kubernel version`: what is installed."""

import platform

import click

from kubernel import __version__


@click.command("version")
def command() -> None:
    """Print the version of kubernel and of Python."""
    click.echo(f"kubernel {__version__} (Python {platform.python_version()})")
