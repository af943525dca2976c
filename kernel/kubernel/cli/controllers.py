"""`kubernel controllers`: only the controllers, against any Kubernetes API server."""

from pathlib import Path

import click

from kubernel.cli import options, role


@click.command("controllers")
@options.apply(options.name, options.data_dir, options.kubeconfig_in, options.config)
def command(name: str, data_dir: Path | None, kubeconfig: Path | None, config: Path | None) -> None:
    """Run only the controllers, against any Kubernetes API server."""
    parts = role.components(options.settings_of(name=name, data_dir=data_dir, config=config), kubeconfig)
    role.run("the controllers", parts, parts.start_controllers)
