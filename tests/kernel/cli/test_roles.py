"""Every role in a process of its own: together they are a cluster."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from kubernel.client.http import HttpClient
from kubernel.client.kubeconfig import load_kubeconfig
from kubernel.types.json import Object
from kubernel.types.well_known import DEPLOYMENTS, NODES, PODS
from waiting import eventually

LABELS = {"app": "sleeper"}
SLEEPERS: Object = {
    "metadata": {"name": "sleeper"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": LABELS},
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {
                "terminationGracePeriodSeconds": 1,
                "containers": [{"name": "main", "image": "busybox", "command": ["sleep", "1000"]}],
            },
        },
    },
}


@contextmanager
def role(directory: Path, *arguments: str) -> Iterator[None]:
    """A role's command until the block ends; it must say that it is ready, and end cleanly when it is told to."""
    log = directory / f"{arguments[0]}.log"
    command = [sys.executable, "-m", "kubernel", *arguments, "--data-dir", str(directory / "data")]
    with log.open("w") as errors, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line.startswith("ready"), log.read_text()
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, log.read_text()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[HttpClient]:
    """A client of a cluster whose roles run apart."""
    with ExitStack() as stack:
        stack.enter_context(role(tmp_path, "server", "--listen", "127.0.0.1:0"))
        for name in ("scheduler", "controllers", "agent"):
            stack.enter_context(role(tmp_path, name))
        client = HttpClient(load_kubeconfig(tmp_path / "data" / "kubeconfig"))
        stack.callback(client.close)
        yield client


def test_the_roles_together_run_a_deployment(client: HttpClient) -> None:
    client.create(DEPLOYMENTS, SLEEPERS, "default")

    def available() -> bool:
        status = client.get(DEPLOYMENTS, "sleeper", "default").get("status", {})
        return bool(status.get("availableReplicas") == 2)

    eventually(available)
    assert [node["metadata"]["name"] for node in client.list(NODES).items] == ["node-1"]
    client.delete(DEPLOYMENTS, "sleeper", "default")
    eventually(lambda: not client.list(PODS, "default").items)


@pytest.mark.parametrize("name", ["scheduler", "controllers"])
def test_a_role_without_a_cluster_says_what_is_missing(tmp_path: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kubernel", name, "--data-dir", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith(f"kubernel: kubeconfig {tmp_path}/kubeconfig cannot be read")
