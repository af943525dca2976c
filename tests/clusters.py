"""Real clusters for tests: `kubernel up` in processes of its own, in a directory of its own, reached through its kubeconfig."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools import require
from waiting import eventually


@dataclass
class Cluster:
    """A running `kubernel up`. What it says goes to a file: a pipe that nobody reads would hold it up one day."""

    directory: Path
    options: tuple[str, ...] = ()
    process: "subprocess.Popen[str]" = field(init=False)

    @property
    def kubeconfig(self) -> Path:
        return self.directory / "user.kubeconfig"

    @property
    def data_directory(self) -> Path:
        return self.directory / "data"

    @property
    def said(self) -> Path:
        return self.directory / "output.log"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "kubernel", *arguments]

    def start(self) -> "Cluster":
        """Start it and wait until it says that it is ready."""
        options = ["--data-dir", str(self.data_directory), "--kubeconfig", str(self.kubeconfig), "--listen", "127.0.0.1:0"]
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                self.command("up", *options, *self.options),
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        eventually(self._ready, what="the cluster being ready")
        assert self._says_ready(), f"the cluster ended before it was ready:\n{self.said.read_text()}"
        return self

    def _ready(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self._says_ready() or self.process.poll() is not None

    def _says_ready(self) -> bool:
        return any(line.startswith("ready") for line in self.said.read_text().splitlines())

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal; gives the exit code. One that does not end is killed, and that is an error."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@contextmanager
def running_cluster(directory: Path, *options: str) -> Iterator[Cluster]:
    """A cluster for the length of a block; nothing of it is left afterwards."""
    cluster = Cluster(directory, options)
    try:
        yield cluster.start()
    finally:
        cluster.stop()


@dataclass
class Kubectl:
    """The real kubectl against one cluster and namespace."""

    cluster: Cluster
    namespace: str = "default"

    def arguments(self, *arguments: str) -> list[str]:
        return [require("kubectl"), "--kubeconfig", str(self.cluster.kubeconfig), "-n", self.namespace, *arguments]

    def run(self, *arguments: str, stdin: str = "", env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        """Run it to its end, whatever its exit code."""
        return subprocess.run(
            self.arguments(*arguments),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=90,
            env={**os.environ, **(env or {})},
            check=False,
        )

    def __call__(self, *arguments: str, stdin: str = "", env: dict[str, str] | None = None) -> str:
        """Run it, demand success, give its output."""
        done = self.run(*arguments, stdin=stdin, env=env)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)} exited with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "-o", "json"))

    def fails(self, *arguments: str, stdin: str = "") -> str:
        """Run it, demand failure, give what it printed on standard error."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode != 0, f"kubectl {' '.join(arguments)} was expected to fail:\n{done.stdout}"
        return done.stderr
