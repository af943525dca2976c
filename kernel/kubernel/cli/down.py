"""`kubernel down`: ends a cluster that `kubernel up` runs somewhere else, and (when asked) forgets it."""

import os
import shutil
import signal
import time
from pathlib import Path

import click

from kubernel.assembly import kubeconfig
from kubernel.assembly.data_directory import DataDirectory
from kubernel.cli import options
from kubernel.errors import ConfigurationError

PATIENCE = 60.0


@click.command("down")
@options.apply(
    options.name,
    options.data_dir,
    click.option("--delete", is_flag=True, help="Delete the cluster's state too, and its context in the kubeconfig."),
)
def command(name: str, data_dir: Path | None, delete: bool) -> None:
    """Stop a running cluster, its pods too; its state stays for the next `up`."""
    directory = DataDirectory(options.directory_of(name, data_dir))
    holder = directory.holder()
    if not holder and not (delete and directory.is_cluster):
        what = "there is no cluster" if delete else "no cluster runs"
        raise ConfigurationError(f"{what} in {directory.path}")
    if holder:
        _end(directory, holder)
    if delete:
        shutil.rmtree(directory.path)
        kubeconfig.forget(kubeconfig.users_file(), f"kubernel-{name}")
        click.echo(f"deleted cluster {name!r} and its state in {directory.path}")


def _end(directory: DataDirectory, pid: int) -> None:
    click.echo(f"stopping the cluster on {directory.path} (process {pid}) ", nl=False)
    try:
        os.kill(pid, signal.SIGTERM)
    except (ProcessLookupError, PermissionError) as error:
        raise ConfigurationError(f"cannot stop process {pid}: {error.strerror}") from error
    deadline = time.monotonic() + PATIENCE
    while directory.holder():
        if time.monotonic() > deadline:
            raise ConfigurationError(f"process {pid} still runs after {PATIENCE:.0f} seconds; look at {directory.log}")
        time.sleep(0.1)
        click.echo(".", nl=False)
    click.echo(" stopped")
