"""The containers that run: started, their output written down, their end seen to the last process, and recorded.

When a container's main process ends, the rest of it is killed, as a container's first process takes the others with it. Only
when nothing is left and the last output is written does `exit.json` say how it ended; so whoever reads that record may rely on
it. A container that an earlier supervisor started is not our child: its end is seen through a descriptor of the process.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from kubernel_process.processes import Claim, claimed, is_same, lost_status, read_process
from kubernel_process.records import ContainerFiles, Layout, read_record, write_record
from kubernel_process.supervisor.log import LogFile
from kubernel_process.supervisor.spawn import Command, SpawnError, spawn

STREAMS = ("stdout", "stderr")
PIECE = 1 << 16
PATIENCE = 10.0
"""Seconds to wait for killed processes to be gone; one that hangs in the kernel must not hang the pod for ever."""
Answer = Callable[..., None]


class Container:
    """One that runs, or is ending."""

    def __init__(self, files: ContainerFiles, config: dict[str, Any]) -> None:
        self.files = files
        self.config = config
        self.log = LogFile(config["log_path"])
        self.readers: dict[str, int] = {}
        self.pid = 0
        self.start = 0
        self.session = 0
        """Whose members are the container's; 0 when its number may have come to mean another one."""
        self.descriptor = -1
        """Of the process; -1 where it is our child."""
        self.status: int | None = None
        self.ended_at = 0.0
        self.ending = False
        self.waiting: list[Answer] = []


class Containers:
    """See the module. `watch`, `forget` and `later` are the loop's; `exited` is told of each end."""

    def __init__(
        self,
        layout: Layout,
        watch: Callable[[int, Callable[[], object]], None],
        forget: Callable[[int], None],
        later: Callable[[float, Callable[[], None]], None],
        exited: Callable[[str], None],
    ) -> None:
        self._layout = layout
        self._watch, self._forget, self._later, self._exited = watch, forget, later, exited
        self._by_id: dict[str, Container] = {}
        self._sweeping = False

    @property
    def running(self) -> int:
        return len(self._by_id)

    def ids(self) -> list[str]:
        return list(self._by_id)

    def get(self, container_id: str) -> Container:
        """:raises SpawnError: it does not run."""
        container = self._by_id.get(container_id)
        if container is None or container.ending:
            raise SpawnError(f"container {container_id[:12]} is not running")
        return container

    # --- beginning -----------------------------------------------------------------------------------------------

    def start(self, container_id: str) -> dict[str, Any]:
        """Start a container; one that was started already is left alone."""
        files = self._layout.container(container_id)
        config = read_record(files.config)
        if config is None:
            raise SpawnError(f"container {container_id[:12]} is gone")
        if (running := read_record(files.running)) is not None:
            return running
        container = Container(files, config)
        streams = self._open_streams(container)
        try:
            container.pid = spawn(_command(container), streams)
        except SpawnError as error:
            self._close_readers(container)
            _record_exit(files, 128, 0, "StartError", str(error))
            raise
        finally:
            for descriptor in streams:
                os.close(descriptor)
        record = read_record(files.running) or {}
        container.start, container.session = record.get("start", 0), container.pid
        self._by_id[container_id] = container
        return record

    def recover(self) -> None:
        """Take up what an earlier supervisor left running, and record the end of what ended unseen."""
        for files in self._layout.all_containers():
            running = read_record(files.running)
            config = read_record(files.config)
            if running is None or config is None or files.exit.exists():
                continue
            container = Container(files, config)
            container.pid, container.start = running["pid"], running["start"]
            self._by_id[files.id] = container
            try:
                container.descriptor = os.pidfd_open(container.pid)
            except ProcessLookupError:
                self._main_ended(container, None)
                continue
            # The descriptor first, then the question: what was looked at is what is held.
            if not is_same(container.pid, container.start, running["boot"]):
                lost = self._lost_status(container)
                self._main_ended(container, lost)
                continue
            container.session = container.pid
            self._open_readers(container)
            self._watch(container.descriptor, partial(self._descriptor_ready, container))

    def _open_streams(self, container: Container) -> tuple[int, int, int]:
        # The container's own end is opened for reading too: without a supervisor its writes then wait instead of killing it.
        files = container.files
        for name in STREAMS:
            if not files.stream(name).exists():
                os.mkfifo(files.stream(name), 0o600)
        self._open_readers(container)
        ends = [os.open(files.stream(name), os.O_RDWR | os.O_CLOEXEC) for name in STREAMS]
        if container.config.get("stdin"):
            if not files.stream("stdin").exists():
                os.mkfifo(files.stream("stdin"), 0o600)
            source = os.open(files.stream("stdin"), os.O_RDWR | os.O_CLOEXEC)
        else:
            source = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        return source, ends[0], ends[1]

    def _open_readers(self, container: Container) -> None:
        for name in STREAMS:
            try:
                descriptor = os.open(container.files.stream(name), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            container.readers[name] = descriptor
            self._watch(descriptor, partial(self._pump, container, name))

    # --- while it runs -------------------------------------------------------------------------------------------

    def signal(self, container_id: str, number: int) -> None:
        """Send a signal to the main process, whose end takes the others with it. One that ended is left alone."""
        container = self._by_id.get(container_id)
        if container is None or container.ending:
            return
        try:
            if container.descriptor >= 0:
                signal.pidfd_send_signal(container.descriptor, number)
            else:
                os.kill(container.pid, number)
        except ProcessLookupError:
            return

    def kill(self, container_ids: Sequence[str], answer: Answer) -> None:
        """End containers at once, and answer when nothing of them is left."""
        left = {container_id for container_id in container_ids if container_id in self._by_id}

        def one_gone(container_id: str) -> None:
            left.discard(container_id)
            if not left:
                answer()

        if not left:
            answer()
            return
        for container_id in list(left):
            self._by_id[container_id].waiting.append(partial(one_gone, container_id))
            self.signal(container_id, signal.SIGKILL)

    def reopen(self, container_id: str) -> None:
        """Go on in a new log file."""
        if container_id in self._by_id:
            self._by_id[container_id].log.reopen()

    def _pump(self, container: Container, name: str) -> bool:
        """Write a piece of output down; False when there is no more."""
        descriptor = container.readers.get(name)
        if descriptor is None:
            return False
        try:
            data = os.read(descriptor, PIECE)
        except BlockingIOError:
            return False
        if data:
            container.log.write(name, data)
            return True
        self._close_reader(container, name)
        return False

    # --- the end -------------------------------------------------------------------------------------------------

    def child_ended(self, pid: int, status: int) -> bool:
        """Tell of a child that was reaped; False where it is no container's main process."""
        for container in self._by_id.values():
            if container.pid == pid and container.descriptor < 0 and not container.ending:
                self._main_ended(container, status)
                return True
        return False

    def _descriptor_ready(self, container: Container) -> None:
        self._forget(container.descriptor)
        self._main_ended(container, self._lost_status(container))

    def _lost_status(self, container: Container) -> int | None:
        # Whoever is the parent now reaps it in a moment, and only then is the status there for others.
        for _ in range(20):
            status = lost_status(container.pid, container.descriptor)
            if status is not None or read_process(container.pid) is None:
                return status if status is not None else lost_status(container.pid, container.descriptor)
            time.sleep(0.002)
        return None

    def _main_ended(self, container: Container, status: int | None) -> None:
        container.status = status
        container.ended_at = time.time()
        container.ending = True
        if not self._sweeping:
            self._sweeping = True
            self._later(0, self._sweep)

    def _sweep(self) -> None:
        ending = [container for container in self._by_id.values() if container.ending]
        found = claimed([Claim(container.files.id, container.session, container.start) for container in ending])
        for container in ending:
            left = found[container.files.id]
            if left and time.time() - container.ended_at < PATIENCE:
                for process in left:
                    _kill(process.pid)
            else:
                self._finish(container)
        self._sweeping = any(container.ending for container in self._by_id.values())
        if self._sweeping:
            self._later(0.01, self._sweep)

    def _finish(self, container: Container) -> None:
        for name in list(container.readers):
            while self._pump(container, name):
                pass
        self._close_readers(container)
        container.log.close()
        if container.log.dropped:
            sys.stderr.write(f"{container.log.dropped} bytes of {container.config['log_path']} could not be written\n")
        if container.descriptor >= 0:
            os.close(container.descriptor)
        if container.status is None:
            what = "the container ended while nobody looked after it, so its exit code is not known"
            _record_exit(container.files, 137, 0, "ContainerStatusUnknown", what)
        elif os.WIFSIGNALED(container.status):
            number = os.WTERMSIG(container.status)
            _record_exit(container.files, 128 + number, number, "Error", "", container.ended_at)
        else:
            code = os.waitstatus_to_exitcode(container.status)
            _record_exit(container.files, code, 0, "Error" if code else "Completed", "", container.ended_at)
        del self._by_id[container.files.id]
        self._exited(container.files.id)
        for answer in container.waiting:
            answer()

    def _close_readers(self, container: Container) -> None:
        for name in list(container.readers):
            self._close_reader(container, name)
        for name in (*STREAMS, "stdin"):
            container.files.stream(name).unlink(missing_ok=True)

    def _close_reader(self, container: Container, name: str) -> None:
        descriptor = container.readers.pop(name)
        self._forget(descriptor)
        os.close(descriptor)


def _command(container: Container) -> Command:
    config = container.config
    return Command(
        arguments=config["arguments"],
        environment=config["environment"],
        directory=config["working_directory"],
        user=config.get("user"),
        group=config.get("group"),
        groups=config.get("groups", ()),
        mounts=config.get("mounts", ()),
        record=container.files.running,
    )


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _record_exit(
    files: ContainerFiles, code: int, number: int, reason: str, message: str, finished_at: float | None = None
) -> None:
    if not files.directory.exists():
        return
    record = {"exit_code": code, "signal": number, "reason": reason, "message": message}
    write_record(files.exit, record | {"finished_at": finished_at if finished_at is not None else time.time()})
