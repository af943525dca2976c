"""What the commands of the single roles share: how they reach their cluster, and how they run until they are told to end."""

import json
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import click

from kubernel.assembly.components import Components
from kubernel.assembly.data_directory import DataDirectory
from kubernel.assembly.facts import ClusterFacts
from kubernel.assembly.logs import log_to_stderr
from kubernel.assembly.settings import Settings
from kubernel.client.http import HttpClient
from kubernel.client.kubeconfig import load_kubeconfig
from kubernel.hooks.discovery import load_plugins
from kubernel.types.network import pod_cidr, service_cidr


def components(settings: Settings, kubeconfig: Path | None) -> Components:
    """The parts of a cluster, not yet started, over a kubeconfig or the one in the data directory.

    :raises ConfigurationError: the kubeconfig cannot be read.
    """
    directory = DataDirectory(settings.data_directory)
    config = load_kubeconfig(kubeconfig or directory.kubeconfig)
    slot = _slot(directory)
    facts = ClusterFacts(pod_cidr(slot), service_cidr(slot), config.ca_data.decode())
    return Components(settings, load_plugins(block=settings.block), HttpClient(config), facts)


def _slot(directory: DataDirectory) -> int:
    """The cluster's slot; the first one for a cluster that has no directory here."""
    try:
        return int(json.loads((directory.path / "cluster.json").read_text())["slot"])
    except (OSError, ValueError, KeyError):
        return 0


def run(what: str, parts: Components, start: Callable[[], None], *, leave_pods: bool = True) -> None:
    """Start, say so, and end with SIGINT or SIGTERM."""
    log_to_stderr()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        start()
        click.echo(f"ready: {what}")
        ended.wait()
    finally:
        parts.stop(leave_pods=leave_pods)
