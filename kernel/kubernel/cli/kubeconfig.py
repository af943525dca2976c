"""`kubernel kubeconfig`: the administrator's kubeconfig, for `kubectl --kubeconfig` or for another file."""

from pathlib import Path

import click

from kubernel.assembly.data_directory import DataDirectory
from kubernel.cli import options
from kubernel.errors import ConfigurationError


@click.command("kubeconfig")
@options.apply(options.name, options.data_dir)
def command(name: str, data_dir: Path | None) -> None:
    """Print the administrator's kubeconfig of a cluster that was started at least once."""
    directory = DataDirectory(options.directory_of(name, data_dir))
    try:
        click.echo(directory.kubeconfig.read_text(), nl=False)
    except FileNotFoundError as error:
        raise ConfigurationError(f"there is no cluster in {directory.path}; start one with `kubernel up`") from error
    except OSError as error:
        raise ConfigurationError(f"cannot read the kubeconfig {directory.kubeconfig}: {error.strerror}") from error
