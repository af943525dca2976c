"""`kubernel agent`: only a node agent, for a cluster whose data directory is on this machine."""

from functools import partial
from pathlib import Path

import click

from kubernel.api.pki import Pki
from kubernel.assembly.data_directory import DataDirectory
from kubernel.assembly.layout import node_identity
from kubernel.cli import options, role


@click.command("agent")
@options.apply(
    options.name,
    options.data_dir,
    click.option("--node", default="node-1", show_default=True, metavar="NAME", help="The node's name."),
    options.runtime,
    options.proxy,
    click.option("--no-proxy", is_flag=True, help="Another agent on this host carries the services' addresses."),
    options.config,
)
def command(name: str, data_dir: Path | None, node: str, runtime: str, proxy: str, no_proxy: bool, config: Path | None) -> None:
    """Run only a node agent; its pods run on when it ends."""
    settings = options.settings_of(name=name, data_dir=data_dir, config=config, runtime=runtime, proxy=proxy)
    directory = DataDirectory(settings.data_directory)
    parts = role.components(settings, None)
    identity = node_identity(node, directory, Pki(directory.pki))
    role.run(f"node {node}", parts, partial(parts.start_node, identity, with_proxy=not no_proxy))
