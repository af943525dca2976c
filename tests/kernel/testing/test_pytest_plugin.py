"""The pytest plugin in test suites of strangers: a quick cluster for who asks, nothing at all for who does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# What is still there when the session is over: threads, child processes, open files, sockets.
CLEAN = """
import sys, threading

def pytest_unconfigure(config):
    import psutil
    this = psutil.Process()
    left = {
        "threads": [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()],
        "children": [child.name() for child in this.children(recursive=True)],
        "files": [file.path for file in this.open_files()],
        "sockets": this.net_connections(),
    }
    left = {what: found for what, found in left.items() if found}
    if left and not hasattr(config, "workerinput"):
        sys.exit(f"left behind: {left}")
"""

UNUSED = """
import sys

def test_nothing_of_kubernel_is_loaded():
    loaded = {name for name in sys.modules if name.partition(".")[0].startswith("kubernel")}
    assert loaded <= {"kubernel", "kubernel.testing", "kubernel.testing.pytest_plugin"}
    assert not {"flask", "uvicorn", "marshmallow", "numpy", "yaml"} & set(sys.modules)
"""

USED = """
import pytest
from kubernel.types.well_known import CONFIG_MAPS, NAMESPACES, NODES

seen = set()

@pytest.mark.parametrize("number", range(4))
def test_each_test_has_a_namespace_of_its_own(kubernel_cluster, kubernel_namespace, number):
    client = kubernel_cluster.client
    assert client.list(CONFIG_MAPS, kubernel_namespace, field_selector="metadata.name=mine").items == []
    client.create(CONFIG_MAPS, {"metadata": {"name": "mine"}}, kubernel_namespace)
    assert kubernel_namespace not in seen
    seen.add(kubernel_namespace)

def test_the_last_namespaces_are_on_their_way_out(kubernel_cluster):
    for name in seen:
        found = [obj for obj in kubernel_cluster.client.list(NAMESPACES).items if obj["metadata"]["name"] == name]
        assert all(obj["metadata"].get("deletionTimestamp") for obj in found)

def test_a_test_may_delete_its_namespace_itself(kubernel_cluster, kubernel_namespace):
    kubernel_cluster.client.delete(NAMESPACES, kubernel_namespace)

def test_the_node_is_ready(kubernel_cluster):
    [node] = kubernel_cluster.client.list(NODES).items
    assert {"type": "Ready", "status": "True"}.items() <= [
        condition for condition in node["status"]["conditions"] if condition["type"] == "Ready"
    ][0].items()

def test_a_pod_that_still_runs_at_the_end_is_ended(kubernel_cluster, kubernel_kubeconfig):
    from kubernel.types.well_known import PODS
    import time
    client = kubernel_cluster.client
    container = {"name": "main", "image": "busybox", "command": ["sleep", "1000"]}
    client.create(PODS, {"metadata": {"name": "late"}, "spec": {"containers": [container]}}, "default")
    until = time.monotonic() + 30
    while client.get(PODS, "late", "default").get("status", {}).get("phase") != "Running":
        assert time.monotonic() < until
        time.sleep(0.02)
    assert kubernel_kubeconfig.stat().st_mode & 0o777 == 0o600
"""

CHOSEN = """
import pytest
from kubernel.hooks import hookimpl
from kubernel.types.well_known import CONFIG_MAPS, NAMESPACES, NODES
from kubernel.ports.controller import Watch

class Greets:
    name = "greets"
    def __init__(self, context):
        self.client, self.word = context.client, context.options["word"]
    def watches(self):
        return (Watch(NAMESPACES),)
    def sync(self, key):
        if key == "default":
            self.client.create(CONFIG_MAPS, {"metadata": {"name": self.word}}, key)

class Plugin:
    @hookimpl
    def kubernel_register_controllers(self, controllers):
        controllers.add("greets", Greets)

@pytest.fixture(scope="session")
def kubernel_plugins():
    return [("greets", Plugin())]

@pytest.fixture(scope="session")
def kubernel_settings():
    return {"nodes": 2, "sections": {"controllers": {"greets": {"word": "hello"}}}}

def test_the_cluster_is_as_chosen(kubernel_cluster):
    client = kubernel_cluster.client
    assert len(client.list(NODES).items) == 2
    informer = client.informer(CONFIG_MAPS, "default")
    import time
    until = time.monotonic() + 30
    while informer.get("default/hello") is None:
        assert time.monotonic() < until
        time.sleep(0.02)
"""


def run(directory: Path, source: str, *options: str) -> str:
    """Run a suite as a stranger does, with nothing of this repository's configuration; gives its last line."""
    (directory / "conftest.py").write_text(CLEAN)
    (directory / "test_suite.py").write_text(source)
    (directory / "pytest.ini").write_text("[pytest]\n")
    temporary = directory / "temporary"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *options],
        cwd=directory,
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in temporary.iterdir() if not path.name.startswith("pytest-of-")] == []
    return done.stdout.splitlines()[-1]


def test_a_suite_that_does_not_use_it_loads_nothing_of_it(tmp_path: Path) -> None:
    assert run(tmp_path, UNUSED).startswith("1 passed")


def test_a_suite_shares_a_cluster_and_leaves_nothing_behind(tmp_path: Path) -> None:
    assert run(tmp_path, USED).startswith("8 passed")


def test_workers_beside_each_other_have_a_cluster_each(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    assert run(tmp_path, USED, "-n", "2").startswith("8 passed")


def test_a_suite_brings_plugins_and_settings_of_its_own(tmp_path: Path) -> None:
    assert run(tmp_path, CHOSEN).startswith("1 passed")
