"""`kubernel server`: only the API server."""

import os
import signal
import threading
from pathlib import Path

import click

from kubernel.assembly.data_directory import DataDirectory, Running
from kubernel.assembly.kubeconfig import document, write
from kubernel.assembly.logs import log_to_stderr
from kubernel.assembly.server import open_server
from kubernel.cli import options
from kubernel.hooks.discovery import load_plugins


@click.command("server")
@options.apply(options.name, options.data_dir, options.listen, options.store, options.config)
def command(name: str, data_dir: Path | None, listen: str, store: str, config: Path | None) -> None:
    """Run only the API server."""

    settings = options.settings_of(name=name, data_dir=data_dir, config=config, listen=listen, store=store)
    log_to_stderr()
    directory = DataDirectory(settings.data_directory)
    directory.hold()
    try:
        identity = directory.identity(settings.name, settings.port or 0)
        server = open_server(settings, directory, identity, load_plugins(block=settings.block))
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        server.start()
        identity.port = server.api.port
        directory.remember(identity)
        write(directory.kubeconfig, document(server.access(settings.context)))
        directory.announce(Running(os.getpid(), server.api.url))
        click.echo(f"ready: API {server.api.url}, kubeconfig {directory.kubeconfig}")
        ended.wait()
        server.stop()
    finally:
        directory.release()
