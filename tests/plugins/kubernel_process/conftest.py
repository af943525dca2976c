"""A process runtime with its own directory, and pods' containers made in one line."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from kubernel.ports.runtime import ContainerConfig, ContainerState, ContainerStatus, SandboxConfig
from kubernel.testing.contracts.runtime import wait_until
from kubernel.testing.loopback import fresh_address
from kubernel_process.config import read_config
from kubernel_process.runtime import ProcessRuntime


class Host:
    """A runtime and one sandbox in it."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        self.directory, self.address = directory, fresh_address()
        self._settings = {"state_directory": str(directory), "node_name": "node", **settings}
        self.runtime = self.open()
        config = SandboxConfig("default", "web-0", "uid-1", 0, "web-0", self.address, str(directory))
        self.sandbox = self.runtime.create_sandbox(config).id

    def open(self) -> ProcessRuntime:
        self.runtime = ProcessRuntime(read_config(self._settings))
        return self.runtime

    def run(self, command: Sequence[str], *, name: str = "main", image: str = "busybox", **settings: Any) -> str:
        log = self.directory / f"{name}.log"
        config = ContainerConfig(name, image, 0, command=command, log_path=str(log), **settings)
        container = self.runtime.create(self.sandbox, config)
        self.runtime.start(container)
        return container

    def script(self, text: str, **settings: Any) -> str:
        return self.run(["sh", "-c", text], **settings)

    def lines(self, name: str = "main") -> list[str]:
        """What a container printed, without times and streams."""
        log = self.directory / f"{name}.log"
        return [line.split(" ", 3)[3] for line in log.read_text().splitlines()] if log.exists() else []

    def printed(self, text: str, name: str = "main") -> None:
        wait_until(lambda: text in self.lines(name), f"{text!r} in the log")

    def status(self, container: str) -> ContainerStatus:
        status = self.runtime.inspect(container)
        assert status is not None
        return status

    def ended(self, container: str) -> ContainerStatus:
        wait_until(lambda: self.status(container).state is ContainerState.EXITED, "the end of the container")
        return self.status(container)

    def pid(self, container: str) -> int:
        record = (self.directory / "runtime" / "containers" / container / "running.json").read_text()
        return int(record.split('"pid": ')[1].split(",")[0])


@pytest.fixture
def make_host(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    hosts: list[Host] = []

    def made(**settings: Any) -> Host:
        hosts.append(Host(tmp_path, **settings))
        return hosts[-1]

    yield made
    for host in hosts:
        host.runtime.close(leave_running=False)


@pytest.fixture
def host(make_host: Callable[..., Host]) -> Host:
    return make_host()
