"""A runtime whose pods only pretend to run. What "runs" is kept in a file, so that the next agent finds it again.

A container runs until it is told to end. The first word of its command may ask for something else: `exit CODE` and
`echo TEXT` end at once, `stubborn` does not listen to TERM, `absent` cannot be started. Inside, `echo TEXT`, `exit CODE` and
`hang` can be run. Every image is there but those that the configuration lists under `missing`.
"""

import pickle
import signal as signals
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from kubernel.errors import ConfigurationError
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
from kubernel.types.json import JSON


@dataclass
class Stage:
    """What there is to see: everything that is written to the file."""

    sandboxes: dict[str, SandboxStatus] = field(default_factory=dict)
    containers: dict[str, ContainerStatus] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)


class PretendRuntime:
    """See the module."""

    capabilities = RuntimeCapabilities(
        isolation=True, images=True, pod_network=False, resource_limits=False, privileged=False, mount_paths=True
    )

    def __init__(self, config: Mapping[str, JSON]) -> None:
        missing = config.get("missing", [])
        if not isinstance(missing, list):
            raise ConfigurationError(f"the pretend runtime's `missing` must be a list of images, found {missing!r}")
        self._missing = missing
        self._file = Path(str(config["state_directory"])) / "stage.pickle"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._stage: Stage = pickle.loads(self._file.read_bytes()) if self._file.exists() else Stage()
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[str], None]] = []

    def status(self) -> RuntimeStatus:
        return RuntimeStatus("pretend", "1.0", ready=True)

    def pull(self, image: str, *, always: bool = False) -> str:
        if not self.image_present(image):
            raise ImageNotFoundError(f"nobody can even pretend to have the image {image}")
        return f"pretend://{image}"

    def image_present(self, image: str) -> bool:
        return image not in self._missing

    # --- sandboxes

    def create_sandbox(self, config: SandboxConfig) -> SandboxStatus:
        sandbox = f"{config.pod_uid}-{config.attempt}"
        with self._lock:
            if sandbox not in self._stage.sandboxes:
                pod = (config.namespace, config.pod_name, config.pod_uid, config.attempt)
                self._stage.sandboxes[sandbox] = SandboxStatus(sandbox, *pod, True, (config.address,), datetime.now(UTC))
                self._save()
            return self._stage.sandboxes[sandbox]

    def stop_sandbox(self, sandbox_id: str) -> None:
        for status in self.containers():
            if status.sandbox_id == sandbox_id:
                self.signal(status.id, signals.SIGKILL)
        with self._lock:
            if sandbox_id in self._stage.sandboxes:
                self._stage.sandboxes[sandbox_id] = replace(self._stage.sandboxes[sandbox_id], ready=False)
                self._save()

    def remove_sandbox(self, sandbox_id: str) -> None:
        self.stop_sandbox(sandbox_id)
        for status in self.containers():
            if status.sandbox_id == sandbox_id:
                self.remove(status.id)
        with self._lock:
            self._stage.sandboxes.pop(sandbox_id, None)
            self._save()

    def sandboxes(self) -> Sequence[SandboxStatus]:
        with self._lock:
            return list(self._stage.sandboxes.values())

    # --- containers

    def create(self, sandbox_id: str, config: ContainerConfig) -> str:
        container = f"{sandbox_id}-{config.name}-{config.attempt}"
        what = (config.name, config.image, f"pretend://{config.image}", config.attempt)
        with self._lock:
            if container not in self._stage.containers:
                created = ContainerStatus(container, sandbox_id, *what, ContainerState.CREATED, datetime.now(UTC))
                self._stage.containers[container] = created
                self._stage.commands[container] = [*config.command, *config.args]
                self._stage.logs[container] = config.log_path
                self._save()
        return container

    def start(self, container_id: str) -> None:
        with self._lock:
            status = self._stage.containers.get(container_id)
            if status is None:
                raise ContainerStartError(f"there is no container {container_id}")
            if status.state is not ContainerState.CREATED:
                return
            self._set(replace(status, state=ContainerState.RUNNING, started_at=datetime.now(UTC)))
            command = self._stage.commands[container_id]
        match command:
            case ["exit", code]:
                self._end(container_id, int(code))
            case ["echo", *words]:
                self._log(container_id, " ".join(words))
                self._end(container_id, 0)
            case ["stubborn", *_]:
                self._log(container_id, "ready")
            case ["absent", *_]:
                self._end(container_id, 127, message="there is no program absent")
                raise ContainerStartError("there is no program absent")

    def signal(self, container_id: str, signal: int) -> None:
        with self._lock:
            stubborn = self._stage.commands.get(container_id, [])[:1] == ["stubborn"]
        if signal == signals.SIGKILL or (signal == signals.SIGTERM and not stubborn):
            self._end(container_id, 128 + signal)

    def remove(self, container_id: str) -> None:
        self.signal(container_id, signals.SIGKILL)
        with self._lock:
            for shelf in (self._stage.containers, self._stage.commands, self._stage.logs):
                shelf.pop(container_id, None)
            self._save()

    def containers(self) -> Sequence[ContainerStatus]:
        with self._lock:
            return list(self._stage.containers.values())

    def inspect(self, container_id: str) -> ContainerStatus | None:
        with self._lock:
            return self._stage.containers.get(container_id)

    def exec(self, container_id: str, command: Sequence[str], timeout: float) -> ExecResult:
        status = self.inspect(container_id)
        if status is None or status.state is not ContainerState.RUNNING:
            raise RuntimeFault(f"container {container_id} does not run")
        match list(command):
            case ["hang"]:
                raise TimeoutError(f"the command was given up after {timeout} seconds")
            case ["exit", code]:
                return ExecResult(int(code), b"")
            case ["echo", *words]:
                return ExecResult(0, " ".join(words).encode() + b"\n")
        return ExecResult(0, b"")

    def reopen_log(self, container_id: str) -> None:
        """Nothing is kept open."""

    def stats(self, container_id: str) -> Stats | None:
        status = self.inspect(container_id)
        return Stats(0.0, 1 << 20) if status is not None and status.state is ContainerState.RUNNING else None

    def on_exit(self, callback: Callable[[str], None]) -> None:
        with self._lock:
            self._callbacks.append(callback)

    def close(self, *, leave_running: bool) -> None:
        self._callbacks = []
        if not leave_running:
            for status in self.containers():
                self.signal(status.id, signals.SIGKILL)

    # --- inside

    def _end(self, container_id: str, code: int, *, message: str = "") -> None:
        with self._lock:
            status = self._stage.containers.get(container_id)
            if status is None or status.state is not ContainerState.RUNNING:
                return
            how = replace(status, exit_code=code, signal=max(code - 128, 0), message=message)
            reason = "Error" if code else "Completed"
            self._set(replace(how, state=ContainerState.EXITED, finished_at=datetime.now(UTC), reason=reason))
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback(container_id)

    def _log(self, container_id: str, text: str) -> None:
        if path := self._stage.logs[container_id]:
            with Path(path).open("a") as log:
                log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}000Z stdout F {text}\n")

    def _set(self, status: ContainerStatus) -> None:
        self._stage.containers[status.id] = status
        self._save()

    def _save(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_bytes(pickle.dumps(self._stage))
        fresh.replace(self._file)
