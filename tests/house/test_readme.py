"""The command lines of the README and the tutorial run as they stand, against a real cluster.

Their first lines install and start; those are `kubernel up` by other words, and the cluster of these tests stands in for them.
`dev`, which the README begins with, is tried on a path that installs nothing.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from clusters import Cluster, Kubectl, running_cluster
from tools import require

ROOT = Path(__file__).parents[2]
STARTING = ("./dev", "python3 -m venv", "pip install", ". .venv/bin/activate", "kubernel up")
ENDLESS = re.compile(r" (-f|-w)( |$)(?!\S*\.yaml)")
"""What follows or watches until Ctrl-C; `-f FILE` is something else."""


def command_lines(page: str) -> list[str]:
    """What a reader types, in order."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    require("kubectl")
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


class Reader:
    """Somebody who types what a page says, in a namespace of their own that they take for the default one."""

    def __init__(self, cluster: Cluster, home: Path, name: str) -> None:
        Kubectl(cluster)("create", "namespace", name)
        kubeconfig = yaml.safe_load(cluster.kubeconfig.read_text())
        kubeconfig["contexts"][0]["context"]["namespace"] = name
        (home / "config").write_text(yaml.safe_dump(kubeconfig))
        data = home / "data" / "kubernel"
        data.mkdir(parents=True)
        (data / "default").symlink_to(cluster.data_directory)
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self._env = {**os.environ, "KUBECONFIG": str(home / "config"), "XDG_DATA_HOME": str(home / "data"), "PATH": path}

    def type(self, line: str) -> str:
        """Run a line to its end, or until it has printed something where it has none; gives what it printed."""
        with subprocess.Popen(
            ["sh", "-c", line],
            cwd=ROOT,
            env=self._env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            if ENDLESS.search(line):
                printed = process.stdout.readline()
                os.killpg(process.pid, signal.SIGINT)
                assert printed, f"{line!r} printed nothing"
                return printed
            printed, _ = process.communicate(timeout=60)
        assert process.returncode == 0, f"{line!r} exited with {process.returncode}:\n{printed}"
        return printed


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial/first-cluster.md"])
def test_its_command_lines_run_as_they_stand(cluster: Cluster, tmp_path: Path, page: str) -> None:
    require("curl")
    lines = [line for line in command_lines(page) if not line.startswith(STARTING)]
    *lines, last = lines
    assert len(lines) >= 5
    reader = Reader(cluster, tmp_path, "reader-of-" + Path(page).stem.lower())
    printed = {line: reader.type(line) for line in lines}
    if last != "kubernel down --delete":  # the end of the cluster is tried in tests/kernel/cli
        printed[last] = reader.type(last)
    [answer] = [text for line, text in printed.items() if line.startswith("curl ")]
    assert "200 OK" in answer
    assert "X-Pod: web-" in answer
    assert "successfully rolled out" in reader.type("kubectl rollout status deployment/web --timeout=50s")


def test_the_door_is_a_sound_script_that_knows_its_commands() -> None:
    subprocess.run(["sh", "-n", "dev"], cwd=ROOT, check=True)
    assert subprocess.run([ROOT / "dev", "fly"], capture_output=True, check=False).returncode == 2
    helped = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
    for page in ("README.md", "CONTRIBUTING.md"):
        for command in re.findall(r"\./dev (\w+)", (ROOT / page).read_text()):
            assert f"./dev {command}" in helped, f"{page} tells of ./dev {command}"


def test_the_door_says_what_is_missing(tmp_path: Path) -> None:
    for file in ("dev", "pyproject.toml"):
        (tmp_path / file).write_bytes((ROOT / file).read_bytes())
    for tool in ("dirname", "cksum"):
        (tmp_path / tool).symlink_to(require(tool))
    done = subprocess.run(
        ["/bin/sh", "dev", "up"], cwd=tmp_path, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
