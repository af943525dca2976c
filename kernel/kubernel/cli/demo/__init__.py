"""`kubernel demo`: a cluster shows what it can do, and is then left to the reader."""

from contextlib import suppress
from pathlib import Path

import click

from kubernel.cli import options
from kubernel.cli.terminal import tell
from kubernel.cli.up import Foreground


@click.command("demo")
@options.apply(
    options.name,
    options.data_dir,
    options.listen,
    click.option("--once", is_flag=True, help="End when the show is over, instead of leaving the cluster running."),
)
def command(name: str, data_dir: Path | None, listen: str, once: bool) -> None:
    """Start a cluster, deploy a web service, call it, scale it, roll out a new version and roll back."""
    from kubernel.cli.demo.show import Interrupted, Show

    settings = options.settings_of(name=name, data_dir=data_dir, listen=listen)
    with Foreground(settings, None, separate=True) as foreground:
        if foreground.ended:
            return
        with suppress(Interrupted):
            Show(foreground.cluster.client, ended=lambda: foreground.ended).play()
            if not once:
                tell("\nThe cluster is yours: try `kubectl get pods -o wide`. Ctrl-C ends it.")
                foreground.wait()
