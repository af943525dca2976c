"""A container runtime that only plays: the first word of a container's command says how it behaves, a test says the rest.

`run` runs until it is told to end; `stubborn` does not listen to TERM; `exit CODE` ends at once; `print TEXT` prints a line and
ends; `broken` cannot be started. Commands inside (`exec`) are looked up in `answers`, by their whole text. What runs is kept in a
`FakeHost`, which outlives the runtime as processes do.
"""

import itertools
import signal as signals
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from kubernel.ports.clock import Clock
from kubernel.ports.runtime import (
    ContainerConfig,
    ContainerStartError,
    ContainerState,
    ContainerStatus,
    ExecResult,
    ImageNotFoundError,
    RuntimeCapabilities,
    RuntimeFault,
    RuntimeStatus,
    SandboxConfig,
    SandboxStatus,
    Stats,
)
from kubernel.testing.clock import FakeClock

FAKE_CAPABILITIES = RuntimeCapabilities(
    isolation=True, images=True, pod_network=False, resource_limits=True, privileged=True, mount_paths=True
)


@dataclass(slots=True)
class FakeHost:
    """What is there, whoever looks after it."""

    images: set[str] = field(default_factory=lambda: {"busybox", "nginx"})
    sandboxes: dict[str, SandboxStatus] = field(default_factory=dict)
    containers: dict[str, ContainerStatus] = field(default_factory=dict)
    configs: dict[str, ContainerConfig] = field(default_factory=dict)
    sandbox_configs: dict[str, SandboxConfig] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))


class FakeRuntime:
    """See the module. `calls` notes every verb that changes something, as (verb, container's or pod's name)."""

    def __init__(
        self,
        host: FakeHost | None = None,
        clock: Clock | None = None,
        capabilities: RuntimeCapabilities = FAKE_CAPABILITIES,
    ) -> None:
        self.host = host or FakeHost()
        self.capabilities = capabilities
        self.calls: list[tuple[str, str]] = []
        self.answers: dict[str, ExecResult | Exception] = {}
        self.faults: dict[str, list[Exception]] = {}
        """What the next call of a verb raises, one after the other."""
        self._clock = clock or FakeClock()
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[str], None]] = []

    # --- for tests ---------------------------------------------------------------------------------------------------

    def finish(self, pod: str, container: str, exit_code: int = 0, *, signal: int = 0) -> None:
        """End the running container of this name in the pod of this name."""
        with self._lock:
            status = self.find(pod, container)
            if status is None or status.state is not ContainerState.RUNNING:
                raise AssertionError(f"container {container} of pod {pod} does not run")
        self._end(status.id, exit_code, signal)

    def find(self, pod: str, container: str) -> ContainerStatus | None:
        """The newest container of this name in the pod of this name."""
        with self._lock:
            found = [
                status
                for status in self.host.containers.values()
                if status.name == container and self.host.sandboxes[status.sandbox_id].pod_name == pod
            ]
        return max(found, key=lambda status: status.attempt, default=None)

    def config_of(self, pod: str, container: str) -> ContainerConfig:
        """What the newest container of this name was created with."""
        status = self.find(pod, container)
        if status is None:
            raise AssertionError(f"pod {pod} has no container {container}")
        return self.host.configs[status.id]

    def lose_sandboxes(self) -> None:
        """As after a restart of the host: nothing runs any more."""
        for container_id, status in list(self.host.containers.items()):
            if status.state is ContainerState.RUNNING:
                self._end(container_id, 137, 9)
        for sandbox_id, sandbox in list(self.host.sandboxes.items()):
            self.host.sandboxes[sandbox_id] = replace(sandbox, ready=False)

    # --- the port ----------------------------------------------------------------------------------------------------

    def status(self) -> RuntimeStatus:
        return RuntimeStatus("fake", "1", ready=True)

    def pull(self, image: str, *, always: bool = False) -> str:
        self._note("pull", image)
        if not self.image_present(image):
            raise ImageNotFoundError(f'image "{image}" is not known here')
        return f"fake://{image}"

    def image_present(self, image: str) -> bool:
        return image.partition(":")[0] in self.host.images

    def create_sandbox(self, config: SandboxConfig) -> SandboxStatus:
        self._note("create_sandbox", config.pod_name)
        with self._lock:
            for known in self.host.sandboxes.values():
                if (known.pod_uid, known.attempt) == (config.pod_uid, config.attempt):
                    return known
            sandbox_id = f"sandbox-{next(self.host.numbers)}"
            status = SandboxStatus(
                sandbox_id,
                config.namespace,
                config.pod_name,
                config.pod_uid,
                config.attempt,
                True,
                (config.address,),
                self._now(),
            )
            self.host.sandboxes[sandbox_id] = status
            self.host.sandbox_configs[sandbox_id] = config
            return status

    def stop_sandbox(self, sandbox_id: str) -> None:
        with self._lock:
            sandbox = self.host.sandboxes.get(sandbox_id)
            if sandbox is None:
                return
            self._note("stop_sandbox", sandbox.pod_name)
            self.host.sandboxes[sandbox_id] = replace(sandbox, ready=False)
        for status in self.containers():
            if status.sandbox_id == sandbox_id:
                self._end(status.id, 137, 9)

    def remove_sandbox(self, sandbox_id: str) -> None:
        self.stop_sandbox(sandbox_id)
        with self._lock:
            for status in self.containers():
                if status.sandbox_id == sandbox_id:
                    self.remove(status.id)
            self.host.sandboxes.pop(sandbox_id, None)

    def sandboxes(self) -> Sequence[SandboxStatus]:
        with self._lock:
            return list(self.host.sandboxes.values())

    def create(self, sandbox_id: str, config: ContainerConfig) -> str:
        self._note("create", config.name)
        with self._lock:
            sandbox = self.host.sandboxes.get(sandbox_id)
            if sandbox is None or not sandbox.ready:
                raise RuntimeFault(f"sandbox {sandbox_id} is not ready")
            for known in self.host.containers.values():
                if (known.sandbox_id, known.name, known.attempt) == (sandbox_id, config.name, config.attempt):
                    return known.id
            container_id = f"container-{next(self.host.numbers)}"
            self.host.configs[container_id] = config
            self.host.containers[container_id] = ContainerStatus(
                container_id,
                sandbox_id,
                config.name,
                config.image,
                f"fake://{config.image}",
                config.attempt,
                ContainerState.CREATED,
                self._now(),
            )
            return container_id

    def start(self, container_id: str) -> None:
        with self._lock:
            status = self.host.containers.get(container_id)
            if status is None:
                raise ContainerStartError(f"container {container_id} is gone")
            if status.state is not ContainerState.CREATED:
                return
            self._note("start", status.name)
            self.host.containers[container_id] = replace(status, state=ContainerState.RUNNING, started_at=self._now())
            config = self.host.configs[container_id]
        match [*config.command, *config.args]:
            case ["exit", code]:
                self._end(container_id, int(code), 0)
            case ["print", text]:
                self.write(container_id, text)
                self._end(container_id, 0, 0)
            case ["broken"]:
                message = 'exec: "broken": executable file not found in $PATH'
                self._end(container_id, 128, 0, "StartError", message)
                raise ContainerStartError(message)
            case ["stubborn"]:
                self.write(container_id, "ready")

    def write(self, container_id: str, text: str, stream: str = "stdout") -> None:
        """Add a line to a container's log."""
        path = self.host.configs[container_id].log_path
        if path:
            with Path(path).open("a") as log:
                log.write(f"{self._now().strftime('%Y-%m-%dT%H:%M:%S.%f')}000Z {stream} F {text}\n")

    def signal(self, container_id: str, signal: int) -> None:
        status = self.inspect(container_id)
        if status is None or status.state is not ContainerState.RUNNING:
            return
        self._note(signals.Signals(signal).name, status.name)
        if signal == signals.SIGKILL or self.host.configs[container_id].command[:1] != ["stubborn"]:
            self._end(container_id, 128 + signal, signal)

    def remove(self, container_id: str) -> None:
        self._end(container_id, 137, 9)
        with self._lock:
            status = self.host.containers.pop(container_id, None)
        if status is not None:
            self._note("remove", status.name)

    def containers(self) -> Sequence[ContainerStatus]:
        with self._lock:
            return list(self.host.containers.values())

    def inspect(self, container_id: str) -> ContainerStatus | None:
        with self._lock:
            return self.host.containers.get(container_id)

    def exec(self, container_id: str, command: Sequence[str], timeout: float) -> ExecResult:
        status = self.inspect(container_id)
        if status is None or status.state is not ContainerState.RUNNING:
            raise RuntimeFault(f"container {container_id} is not running")
        self._note("exec", " ".join(command))
        answer = self.answers.get(" ".join(command), ExecResult(0, b""))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def reopen_log(self, container_id: str) -> None:
        status = self.inspect(container_id)
        if status is not None:
            self._note("reopen_log", status.name)

    def stats(self, container_id: str) -> Stats | None:
        status = self.inspect(container_id)
        return Stats(0.5, 1 << 20) if status is not None and status.state is ContainerState.RUNNING else None

    def on_exit(self, callback: Callable[[str], None]) -> None:
        with self._lock:
            self._callbacks.append(callback)

    def close(self, *, leave_running: bool) -> None:
        self._callbacks.clear()
        if not leave_running:
            for status in self.containers():
                self._end(status.id, 137, 9)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return self._clock.now()

    def _note(self, verb: str, name: str) -> None:
        with self._lock:
            self.calls.append((verb, name))
            if self.faults.get(verb):
                raise self.faults[verb].pop(0)

    def _end(self, container_id: str, exit_code: int, signal: int, reason: str = "", message: str = "") -> None:
        with self._lock:
            status = self.host.containers.get(container_id)
            if status is None or status.state is not ContainerState.RUNNING:
                return
            self.host.containers[container_id] = replace(
                status,
                state=ContainerState.EXITED,
                finished_at=self._now(),
                exit_code=exit_code,
                signal=signal,
                reason=reason or ("Completed" if exit_code == 0 else "Error"),
                message=message,
            )
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback(container_id)
