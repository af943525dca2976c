"""The runtime of plain processes (`kubernel.ports.runtime`): records are written here, processes are the supervisor's.

What is known in memory is a copy of the records, read when the runtime is opened and whenever a supervisor is met anew, so that
whatever happened meanwhile is seen. Sandboxes are records only: an address and a name that the pod's processes share.
"""

import base64
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import kubernel
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
from kubernel_process.config import ProcessConfig
from kubernel_process.images import Images
from kubernel_process.launch_config import container_record
from kubernel_process.link import Link, SupervisorRefusal
from kubernel_process.processes import Claim, claimed
from kubernel_process.records import Layout, read_record, write_record
from kubernel_process.statuses import container_status, sandbox_status

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class ProcessRuntime:
    """See the module."""

    def __init__(self, config: ProcessConfig) -> None:
        self._config = config
        self._images = Images(config.images)
        self._layout = Layout(config.directory)
        self._layout.prepare()
        self._lock = threading.RLock()
        self._sandboxes: dict[str, dict[str, Any]] = {}
        self._containers: dict[str, dict[str, Any]] = {}
        self._statuses: dict[str, ContainerStatus] = {}
        self._callbacks: list[Callable[[str], None]] = []
        self._mounts: bool | None = None
        self._link = Link(self._layout, self._exited, self._reread)
        self._read_all()
        if any(status.state is ContainerState.RUNNING for status in self._statuses.values()):
            # They may have ended unseen, and their output waits to be read: have them looked after at once.
            self._link.ask("hello")

    # --- about itself --------------------------------------------------------------------------------------------

    @property
    def capabilities(self) -> RuntimeCapabilities:
        return RuntimeCapabilities(
            isolation=False,
            images=False,
            pod_network=False,
            resource_limits=False,
            privileged=os.geteuid() == 0,
            mount_paths=self._mount_paths(),
        )

    def _mount_paths(self) -> bool:
        if self._mounts is None:
            self._mounts = self._config.mounts and bool(self._link.ask("hello")["mounts"])
        return self._mounts

    def status(self) -> RuntimeStatus:
        return RuntimeStatus("process", kubernel.__version__, ready=True)

    # --- images --------------------------------------------------------------------------------------------------

    def pull(self, image: str, *, always: bool = False) -> str:
        return self._images.find(image)[0].id

    def image_present(self, image: str) -> bool:
        try:
            self._images.find(image)
        except ImageNotFoundError:
            return False
        return True

    # --- sandboxes -----------------------------------------------------------------------------------------------

    def create_sandbox(self, config: SandboxConfig) -> SandboxStatus:
        with self._lock:
            for record in self._sandboxes.values():
                if record["pod_uid"] == config.pod_uid and record["attempt"] == config.attempt:
                    return sandbox_status(record)
            record = {
                "id": secrets.token_hex(32),
                "namespace": config.namespace,
                "pod_name": config.pod_name,
                "pod_uid": config.pod_uid,
                "attempt": config.attempt,
                "hostname": config.hostname,
                "address": config.address,
                "host_network": config.host_network,
                "ready": True,
                "created_at": time.time(),
            }
            self._save_sandbox(record)
            return sandbox_status(record)

    def stop_sandbox(self, sandbox_id: str) -> None:
        with self._lock:
            record = self._sandboxes.get(sandbox_id)
        if record is None:
            return
        self._end([status.id for status in self.containers() if status.sandbox_id == sandbox_id])
        if record["ready"]:
            with self._lock:
                self._save_sandbox(record | {"ready": False})

    def remove_sandbox(self, sandbox_id: str) -> None:
        self.stop_sandbox(sandbox_id)
        for status in self.containers():
            if status.sandbox_id == sandbox_id:
                self.remove(status.id)
        with self._lock:
            self._sandboxes.pop(sandbox_id, None)
            self._sandbox_path(sandbox_id).unlink(missing_ok=True)

    def sandboxes(self) -> Sequence[SandboxStatus]:
        with self._lock:
            return [sandbox_status(record) for record in self._sandboxes.values()]

    # --- containers ----------------------------------------------------------------------------------------------

    def create(self, sandbox_id: str, config: ContainerConfig) -> str:
        reference, image = self._images.find(config.image)
        mount_paths = self._mount_paths()
        with self._lock:
            sandbox = self._sandboxes.get(sandbox_id)
            if sandbox is None or not sandbox["ready"]:
                raise RuntimeFault(f"sandbox {sandbox_id[:12]} is not ready")
            for status in self._statuses.values():
                if (status.sandbox_id, status.name, status.attempt) == (sandbox_id, config.name, config.attempt):
                    return status.id
            container_id = secrets.token_hex(32)
            files = self._layout.container(container_id)
            record = container_record(
                container_id,
                sandbox,
                config,
                reference,
                image,
                directory=str(self._layout.directory),
                extra=self._config.environment,
                mount_paths=mount_paths,
            )
            record["staging"] = str(files.directory / "root")
            if mount_paths:
                record["mounts"].insert(0, {"hostname": record["hostname"], "staging": record["staging"]})
            files.directory.mkdir(mode=0o700)
            write_record(files.config, record)
            self._containers[container_id] = record
            self._refresh(container_id)
            return container_id

    def start(self, container_id: str) -> None:
        status = self.inspect(container_id)
        if status is None:
            raise ContainerStartError(f"container {container_id[:12]} is gone")
        if status.state is not ContainerState.CREATED:
            return
        try:
            self._link.ask("start", container=container_id)
        except SupervisorRefusal as refusal:
            raise ContainerStartError(str(refusal)) from refusal
        finally:
            self._refresh(container_id)

    def signal(self, container_id: str, signal: int) -> None:
        if self._runs(container_id):
            self._link.ask("signal", container=container_id, signal=signal)

    def remove(self, container_id: str) -> None:
        self._end([container_id])
        with self._lock:
            self._containers.pop(container_id, None)
            self._statuses.pop(container_id, None)
        directory = self._layout.container(container_id).directory
        if directory.exists():
            # The configuration goes first: what is left after a crash then counts as nothing.
            self._layout.container(container_id).config.unlink(missing_ok=True)
            shutil.rmtree(directory)

    def containers(self) -> Sequence[ContainerStatus]:
        with self._lock:
            return list(self._statuses.values())

    def inspect(self, container_id: str) -> ContainerStatus | None:
        with self._lock:
            return self._statuses.get(container_id)

    def exec(self, container_id: str, command: Sequence[str], timeout: float) -> ExecResult:
        if not self._runs(container_id):
            raise RuntimeFault(f"container {container_id[:12]} is not running")
        # The supervisor keeps the limit; ours is only for a supervisor that hangs.
        patience = timeout + 10 if timeout > 0 else 86400.0
        answer = self._link.ask("exec", container=container_id, command=list(command), limit=timeout, timeout=patience)
        if answer["timed_out"]:
            raise TimeoutError(f"command {list(command)} took longer than {timeout:g} s")
        return ExecResult(answer["exit_code"], base64.b64decode(answer["output"]))

    def reopen_log(self, container_id: str) -> None:
        if self._runs(container_id):
            self._link.ask("reopen", container=container_id)

    def stats(self, container_id: str) -> Stats | None:
        running = read_record(self._layout.container(container_id).running)
        if running is None or not self._runs(container_id):
            return None
        members = claimed([Claim(container_id, running["pid"], running["start"])])[container_id]
        seconds = sum(process.cpu_ticks for process in members) / _TICKS
        return Stats(seconds, sum(process.resident_pages for process in members) * _PAGE)

    def on_exit(self, callback: Callable[[str], None]) -> None:
        with self._lock:
            self._callbacks.append(callback)

    def close(self, *, leave_running: bool) -> None:
        if not leave_running:
            running = [status.id for status in self.containers() if status.state is ContainerState.RUNNING]
            if running or self._link.connected:
                self._link.shutdown()
        self._link.close()

    # --- records -------------------------------------------------------------------------------------------------

    def _sandbox_path(self, sandbox_id: str) -> Path:
        return self._layout.sandboxes / f"{sandbox_id}.json"

    def _save_sandbox(self, record: dict[str, Any]) -> None:
        write_record(self._sandbox_path(record["id"]), record)
        self._sandboxes[record["id"]] = record

    def _read_all(self) -> None:
        with self._lock:
            for path in self._layout.sandboxes.glob("[!.]*.json"):
                record = read_record(path)
                if record is not None:
                    self._sandboxes[record["id"]] = record
            for files in self._layout.all_containers():
                config = read_record(files.config)
                if config is not None:
                    self._containers[files.id] = config
                    self._refresh(files.id)

    def _refresh(self, container_id: str) -> None:
        """Read the records of a container that may have changed."""
        files = self._layout.container(container_id)
        ended, running = read_record(files.exit), read_record(files.running)
        with self._lock:
            config = self._containers.get(container_id)
            if config is not None:
                self._statuses[container_id] = container_status(config, running, ended)

    def _reread(self) -> None:
        """A supervisor was met: ends that were seen by another one, or by nobody, are told now."""
        for status in self.containers():
            if status.state is ContainerState.RUNNING:
                self._refresh(status.id)
                if not self._runs(status.id):
                    self._tell(status.id)

    def _exited(self, container_id: str) -> None:
        self._refresh(container_id)
        self._tell(container_id)

    def _tell(self, container_id: str) -> None:
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback(container_id)

    def _runs(self, container_id: str) -> bool:
        status = self.inspect(container_id)
        return status is not None and status.state is ContainerState.RUNNING

    def _end(self, container_ids: Sequence[str]) -> None:
        """Kill, and wait until nothing is left."""
        running = [container_id for container_id in container_ids if self._runs(container_id)]
        if running:
            self._link.ask("kill", containers=running)
            for container_id in running:
                self._refresh(container_id)
