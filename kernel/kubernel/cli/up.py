"""`kubernel up`: a cluster in the foreground."""

import signal
import threading
import time
from pathlib import Path

import click

from kubernel.assembly import kubeconfig as kubeconfigs
from kubernel.assembly.cluster import Cluster
from kubernel.assembly.logs import log_to_file
from kubernel.assembly.settings import Settings
from kubernel.cli import options
from kubernel.cli.terminal import tell

PATIENCE = 60.0


@click.command("up")
@options.apply(
    options.name,
    options.data_dir,
    options.listen,
    click.option(
        "--kubeconfig",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write the kubeconfig there.  [default: merge a context into yours]",
    ),
    options.store,
    options.runtime,
    options.proxy,
    click.option("--nodes", type=click.IntRange(1, 250), default=1, metavar="N", help="How many nodes, 1 to 250.  [default: 1]"),
    click.option("--single-process", is_flag=True, help="Run everything in one process."),
    options.leave_pods,
    options.config,
)
def command(
    name: str,
    data_dir: Path | None,
    listen: str,
    kubeconfig: Path | None,
    store: str,
    runtime: str,
    proxy: str,
    nodes: int,
    single_process: bool,
    leave_pods: bool,
    config: Path | None,
) -> None:
    """Start a cluster and keep it running until Ctrl-C."""
    settings = options.settings_of(
        name=name, data_dir=data_dir, config=config, listen=listen, store=store, runtime=runtime, proxy=proxy, nodes=nodes
    )
    with Foreground(settings, kubeconfig, separate=not single_process, leave_pods=leave_pods) as foreground:
        foreground.wait()


class Foreground:
    """A cluster that lives as long as a `with` block, told about on the terminal; SIGINT, SIGTERM and SIGHUP end `wait`."""

    def __init__(self, settings: Settings, kubeconfig: Path | None, *, separate: bool, leave_pods: bool = False) -> None:
        self.settings, self._kubeconfig, self._leave_pods = settings, kubeconfig, leave_pods
        self.cluster = Cluster(settings, separate=separate, told=self._tell)
        self._ended = threading.Event()

    def __enter__(self) -> "Foreground":
        begun = time.monotonic()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._ended.set())
        tell(f"starting cluster {self.settings.name!r} in {self.cluster.directory.path}")
        self.cluster.directory.hold()
        log_to_file(self.cluster.directory.log)
        self.cluster.start()
        try:
            self._announce(begun)
        except BaseException:
            self.cluster.stop(leave_pods=self._leave_pods)
            raise
        return self

    def _announce(self, begun: float) -> None:
        written = self._write_kubeconfig()
        deadline = begun + PATIENCE
        while not self.cluster.wait_ready(0.2):
            if self.ended:
                return
            if time.monotonic() > deadline:
                self._tell(f"not every node is Ready after {PATIENCE:.0f} seconds; look at {self.cluster.directory.log}")
                return
        tell(f"ready in {time.monotonic() - begun:.1f} s: API {self.cluster.url}, kubeconfig {written}")

    def _write_kubeconfig(self) -> str:
        if self._kubeconfig is not None:
            kubeconfigs.write(self._kubeconfig, kubeconfigs.document(self.cluster.access))
            return str(self._kubeconfig)
        path = kubeconfigs.users_file()
        kubeconfigs.merge(path, self.cluster.access)
        return f"{path} (context {self.settings.context})"

    def _tell(self, line: str) -> None:
        if not self.ended:
            tell(f"  {line}")

    def wait(self) -> None:
        """Return when the cluster is asked to end."""
        self._ended.wait()

    @property
    def ended(self) -> bool:
        """Whether the cluster is asked to end."""
        return self._ended.is_set()

    def __exit__(self, *_: object) -> None:
        tell("stopping, pods run on ..." if self._leave_pods else "stopping, pods too ...")
        self.cluster.stop(leave_pods=self._leave_pods)
        tell("stopped")
