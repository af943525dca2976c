"""`kubernel down` after the cluster itself is gone ends what it left running, and tells nothing to a process that is not ours."""

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from clusters import Cluster
from kubernel.assembly.data_directory import DataDirectory
from kubernel.cli import down
from kubernel.client.http import HttpClient
from kubernel.client.kubeconfig import load_kubeconfig
from kubernel.errors import ConfigurationError
from kubernel.types.well_known import PODS
from waiting import eventually


def run_a_pod(cluster: Cluster, file: Path) -> psutil.Process:
    """The process of a pod that has written its id into a file."""
    container = {"name": "main", "image": "busybox", "command": ["sh", "-c", f"echo $$$$ > {file}; exec sleep 1000"]}
    client = HttpClient(load_kubeconfig(cluster.kubeconfig))
    client.create(PODS, {"metadata": {"name": "one"}, "spec": {"containers": [container]}}, "default")
    client.close()
    return psutil.Process(int(eventually(lambda: file.exists() and file.read_text(), what="the pod's first word")))


@pytest.mark.parametrize("crashed", [True, False], ids=["crashed", "left-behind"])
def test_pods_that_run_on_are_ended(tmp_path: Path, crashed: bool) -> None:
    cluster = Cluster(tmp_path, ("--leave-pods",))
    cluster.start()
    pod = run_a_pod(cluster, tmp_path / "pid")
    cluster.stop(signal.SIGKILL if crashed else signal.SIGTERM)
    assert pod.is_running()
    command = cluster.command("down", "--data-dir", str(cluster.data_directory), "--delete")
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "KUBECONFIG": str(cluster.kubeconfig)})
    assert done.returncode == 0, done.stderr
    assert "stopped 1 container that the cluster" in done.stdout
    eventually(lambda: not pod.is_running(), what="the end of the pod's process")
    assert not cluster.data_directory.exists()


def test_a_holder_that_has_not_written_its_process_id_yet_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(pid: int, number: int) -> None:
        raise AssertionError(f"signal {number} sent to {pid}")

    directory = DataDirectory(tmp_path / "data")
    directory.hold()
    os.truncate(directory.path / "lock", 0)
    monkeypatch.setattr(os, "kill", forbidden)
    try:
        assert directory.holder() == -1
        with pytest.raises(ConfigurationError, match="only just starting"):
            down.command.callback("default", directory.path, delete=True)  # type: ignore[misc]
    finally:
        directory.release()
