"""`kubernel down`: ends a cluster that `kubernel up` runs somewhere else, or what is left of one, and (when asked) forgets it."""

import os
import shutil
import signal
import time
from pathlib import Path

import click

from kubernel.assembly import kubeconfig
from kubernel.assembly.data_directory import DataDirectory
from kubernel.cli import options
from kubernel.cli.terminal import tell
from kubernel.errors import ConfigurationError

PATIENCE = 60.0
PAUSE = 0.05
COMPONENTS = "kubernel.assembly.second_process_main"


@click.command("down")
@options.apply(
    options.name,
    options.data_dir,
    click.option("--delete", is_flag=True, help="Delete the cluster's state too, and its context in the kubeconfig."),
)
def command(name: str, data_dir: Path | None, delete: bool) -> None:
    """Stop a running cluster, its pods too; its state stays for the next `up`.

    Pods that run on after a crash, or because they were left running, are stopped as well.
    """
    directory = DataDirectory(options.directory_of(name, data_dir))
    holder = directory.holder()
    if holder:
        _end(directory, holder)
    elif not directory.is_cluster:
        raise ConfigurationError(f"there is no cluster in {directory.path}")
    elif not _end_left_pods(directory) and not delete:
        raise ConfigurationError(f"no cluster runs on {directory.path}")
    if delete:
        _delete(directory, name)


def _end(directory: DataDirectory, pid: int) -> None:
    if pid <= 0:  # which os.kill would take for every process of this user
        raise ConfigurationError(f"the cluster on {directory.path} is only just starting; try again")
    tell(f"stopping the cluster on {directory.path} (process {pid}) ", end="")
    try:
        os.kill(pid, signal.SIGTERM)
    except (ProcessLookupError, PermissionError) as error:
        tell("")
        raise ConfigurationError(f"cannot stop process {pid}: {error.strerror}") from error
    deadline = time.monotonic() + PATIENCE
    told = 0.0
    while directory.holder() == pid or _exists(pid):
        if time.monotonic() > deadline:
            tell("")
            raise ConfigurationError(f"process {pid} still runs after {PATIENCE:.0f} seconds; look at {directory.log}")
        time.sleep(PAUSE)
        if time.monotonic() - told > 1:
            tell(".", end="")
            told = time.monotonic()
    tell(" stopped")


def _exists(pid: int) -> bool:
    """Whether the process is there and is more than an exit code that its parent has not asked for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (OSError, IndexError):
        return False


def _end_left_pods(directory: DataDirectory) -> int:
    """End the pods of a cluster that does not run; gives the number of containers that ran."""
    from kubernel.assembly.runtimes import end_left_pods
    from kubernel.hooks.discovery import load_plugins

    directory.hold()
    try:
        _await_components(directory)
        count = end_left_pods(directory.path, load_plugins())
    finally:
        directory.release()
    if count:
        tell(f"stopped {count} container{'s' if count > 1 else ''} that the cluster on {directory.path} had left running")
    return count


def _await_components(directory: DataDirectory) -> None:
    """Wait until the second process of a cluster whose first one was killed is gone: it would start ended pods again."""
    last = directory.last_run()
    cmdline = Path(f"/proc/{last.components_pid if last else 0}/cmdline")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if COMPONENTS not in cmdline.read_text():
                return
        except OSError:
            return
        time.sleep(PAUSE)


def _delete(directory: DataDirectory, name: str) -> None:
    try:
        shutil.rmtree(directory.path)
    except OSError as error:
        raise ConfigurationError(f"cannot delete {error.filename or directory.path}: {error.strerror}") from error
    kubeconfig.forget(kubeconfig.users_file(), f"kubernel-{name}")
    tell(f"deleted cluster {name!r} and its state in {directory.path}")
