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


@dataclass
class Cluster:
    """A running `kubernel up`."""

    directory: Path
    options: tuple[str, ...] = ()
    process: "subprocess.Popen[str]" = field(init=False)
    banner: list[str] = field(default_factory=list)

    @property
    def kubeconfig(self) -> Path:
        return self.directory / "user.kubeconfig"

    @property
    def data_directory(self) -> Path:
        return self.directory / "data"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "kubernel", *arguments]

    def start(self) -> "Cluster":
        """Start it and read what it prints until it is ready."""
        self.banner = []
        self.process = subprocess.Popen(
            self.command(
                "up",
                "--data-dir",
                str(self.data_directory),
                "--kubeconfig",
                str(self.kubeconfig),
                "--listen",
                "127.0.0.1:0",
                *self.options,
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.banner.append(line.rstrip())
            if line.startswith("ready"):
                return self
        raise AssertionError("the cluster ended before it was ready:\n" + "\n".join(self.banner))

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal; gives the exit code."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        try:
            return self.process.wait(30)
        finally:
            if self.process.stdout:
                self.process.stdout.close()


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
