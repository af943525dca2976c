"""What every room of the agent works with: the state's door, the runtime, the clock, a place on disk, a pool for what blocks."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from kubernel.node.config import NodeConfig
from kubernel.ports.client import Client
from kubernel.ports.clock import Clock
from kubernel.ports.controller import EventRecorder
from kubernel.ports.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Directories:
    """Where things are on this node's disk."""

    root: Path

    def pod(self, uid: str) -> Path:
        """Everything of one pod but its logs."""
        return self.root / "pods" / uid

    def volumes(self, uid: str) -> Path:
        return self.pod(uid) / "volumes"

    def container(self, uid: str, name: str) -> Path:
        return self.pod(uid) / "containers" / name

    @property
    def all_logs(self) -> Path:
        return self.root / "logs" / "pods"

    def logs(self, namespace: str, name: str, uid: str) -> Path:
        """The logs of one pod, a directory for each container in it."""
        return self.all_logs / f"{namespace}_{name}_{uid}"

    def log(self, namespace: str, name: str, uid: str, container: str, attempt: int) -> Path:
        return self.logs(namespace, name, uid) / container / f"{attempt}.log"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """See the module. `wake` asks for a look at a pod (by key) after so many seconds."""

    client: Client
    runtime: Runtime
    clock: Clock
    recorder: EventRecorder
    config: NodeConfig
    directories: Directories
    executor: Executor
    wake: Callable[[str, float], None]
