"""The container runtime: starts and stops what pods are made of.

A runtime keeps no truth of its own: after a restart everything it needs is rebuilt from labels or handles on what runs, and
recovering twice is a no-op. Every verb is idempotent: creating what exists gives it back, stopping or removing what is gone
is a no-op. Calls come from many threads; one pod is worked on by one thread at a time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from kubernel.errors import KernelError
from kubernel.types.json import Object


class RuntimeFault(KernelError):  # noqa: N818 - a fault of the runtime, not of the caller
    """The runtime could not do it; the message is for the pod's status and events."""


class ImageNotFoundError(RuntimeFault):
    """There is no such image, or this runtime cannot run it (ErrImagePull, ImagePullBackOff)."""


class ContainerConfigError(RuntimeFault):
    """The container asks for something this runtime cannot give (CreateContainerConfigError)."""


class ContainerStartError(RuntimeFault):
    """The command could not be started (RunContainerError)."""


@dataclass(frozen=True, slots=True)
class RuntimeCapabilities:
    """What a runtime can do."""

    isolation: bool
    """Containers see their own file system and processes only."""
    images: bool
    """Images come from a registry; without it a table of stand-ins is used."""
    pod_network: bool
    """Each pod has a network of its own, so that two pods can use one port on all addresses."""
    resource_limits: bool
    """Limits of processor and memory are enforced."""
    privileged: bool
    """Pods may ask for privileges."""
    mount_paths: bool
    """Volumes appear at their mount path; without it they are directories named by environment variables."""


@dataclass(frozen=True, slots=True)
class RuntimeStatus:
    """Name and version for `nodeInfo.containerRuntimeVersion`, and whether pods can start now."""

    name: str
    version: str
    ready: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """What a pod's containers share."""

    namespace: str
    pod_name: str
    pod_uid: str
    attempt: int
    hostname: str
    address: str
    """The address that the node gave this pod; a runtime with a pod network may answer with its own."""
    directory: str
    """A directory on this host that belongs to this pod, made by the caller; the runtime may keep files in it."""
    host_network: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    pod: Object = field(default_factory=dict)
    """The whole pod, for what this port does not name."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A directory or file of the host that appears in a container."""

    name: str
    host_path: str
    container_path: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class ContainerConfig:
    """One container, everything resolved: no reference is left to look up."""

    name: str
    image: str
    attempt: int
    command: Sequence[str] = ()
    """Replaces the image's entry point."""
    args: Sequence[str] = ()
    """Replaces the image's command."""
    working_directory: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: Sequence[Mount] = ()
    log_path: str = ""
    """Where the log goes, in the CRI format: `TIME stdout|stderr F|P TEXT`, one line each."""
    user: int | None = None
    group: int | None = None
    stdin: bool = False
    tty: bool = False
    cpu_milli: int = 0
    memory_bytes: int = 0
    """Limits; 0 is none."""
    container: Object = field(default_factory=dict)
    """The container's part of the pod, for what this port does not name."""


class ContainerState(Enum):
    """Where a container is in its life."""

    CREATED = "created"
    RUNNING = "running"
    EXITED = "exited"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SandboxStatus:
    """A sandbox as the runtime sees it; `ready` is False once it was stopped."""

    id: str
    namespace: str
    pod_name: str
    pod_uid: str
    attempt: int
    ready: bool
    addresses: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ContainerStatus:
    """A container as the runtime sees it."""

    id: str
    sandbox_id: str
    name: str
    image: str
    image_id: str
    attempt: int
    state: ContainerState
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    exit_code: int = 0
    signal: int = 0
    reason: str = ""
    """Completed, Error, OOMKilled, ContainerStatusUnknown."""
    message: str = ""


@dataclass(frozen=True, slots=True)
class ExecResult:
    """A command that ran inside a container to its end."""

    exit_code: int
    output: bytes


@dataclass(frozen=True, slots=True)
class Stats:
    """What a container uses: processor time since its start, in seconds, and resident memory."""

    cpu_seconds: float
    memory_bytes: int


class Runtime(Protocol):
    """See the module."""

    @property
    def capabilities(self) -> RuntimeCapabilities: ...

    def status(self) -> RuntimeStatus: ...

    def pull(self, image: str, *, always: bool = False) -> str:
        """Make an image ready; gives its id. `always` asks the source again even if it is here.

        :raises ImageNotFoundError: there is none, or it cannot be run here.
        """

    def image_present(self, image: str) -> bool: ...

    def create_sandbox(self, config: SandboxConfig) -> SandboxStatus: ...

    def stop_sandbox(self, sandbox_id: str) -> None:
        """Kill whatever still runs in it and free its network; it stays listed until it is removed."""

    def remove_sandbox(self, sandbox_id: str) -> None:
        """Stop it and forget it with its containers."""

    def sandboxes(self) -> Sequence[SandboxStatus]: ...

    def create(self, sandbox_id: str, config: ContainerConfig) -> str:
        """Prepare a container; gives its id.

        :raises ContainerConfigError: it asks for what cannot be given.
        """

    def start(self, container_id: str) -> None:
        """:raises ContainerStartError: the command could not be started."""

    def signal(self, container_id: str, signal: int) -> None:
        """Send a signal to the container's processes: TERM begins a graceful end, KILL ends it."""

    def remove(self, container_id: str) -> None:
        """Kill it if it runs, and forget it; its log stays."""

    def containers(self) -> Sequence[ContainerStatus]: ...

    def inspect(self, container_id: str) -> ContainerStatus | None: ...

    def exec(self, container_id: str, command: Sequence[str], timeout: float) -> ExecResult:
        """Run a command inside and wait for it.

        :raises TimeoutError: it was killed after `timeout` seconds (0: no limit).
        """

    def reopen_log(self, container_id: str) -> None:
        """The log was moved away (rotation): go on in a new file under the same path."""

    def stats(self, container_id: str) -> Stats | None: ...

    def on_exit(self, callback: Callable[[str], None]) -> None:
        """Call back with a container's id as soon as it has exited; the agent's own polling is the safety net."""

    def close(self, *, leave_running: bool) -> None:
        """Let go. With `leave_running` the containers run on and the next open takes them up again."""


class ExecSession(Protocol):
    """A command with its streams still open."""

    def write(self, data: bytes) -> None: ...

    def close_stdin(self) -> None: ...

    def resize(self, width: int, height: int) -> None: ...

    def output(self) -> Iterator[tuple[int, bytes]]:
        """Pieces of output as (1 for stdout or 2 for stderr, data) until the command ends."""

    def wait(self) -> int:
        """The exit code."""

    def close(self) -> None: ...


class InteractiveRuntime(Protocol):
    """The optional role of a runtime that offers streams into a container (`kubectl exec -it`, `attach`)."""

    def open_exec(self, container_id: str, command: Sequence[str], *, stdin: bool, tty: bool) -> ExecSession: ...

    def open_attach(self, container_id: str, *, stdin: bool, tty: bool) -> ExecSession: ...
