"""Commands that run inside a container to their end: probes, hooks, `kubectl exec`.

They see what the container sees: its environment, user, directory and namespaces. They carry its mark, so that they end with it.
One that takes too long is killed with its whole group.
"""

import base64
import os
import signal
from collections.abc import Callable, Sequence
from functools import partial

from kubernel_process.supervisor.containers import Containers
from kubernel_process.supervisor.spawn import Command, spawn

LONGEST_OUTPUT = 1 << 20
"""Bytes of output that are kept; the rest is read and let go."""
Answer = Callable[..., None]


class Exec:
    """One command."""

    def __init__(self, pid: int, reader: int, answer: Answer) -> None:
        self.pid = pid
        self.reader = reader
        self.answer = answer
        self.output = bytearray()
        self.open = True
        self.timed_out = False


class Execs:
    """See the module."""

    def __init__(
        self,
        containers: Containers,
        watch: Callable[[int, Callable[[], object]], None],
        forget: Callable[[int], None],
        later: Callable[[float, Callable[[], None]], None],
    ) -> None:
        self._containers = containers
        self._watch, self._forget, self._later = watch, forget, later
        self._by_pid: dict[int, Exec] = {}

    @property
    def running(self) -> int:
        return len(self._by_pid)

    def run(self, container_id: str, command: Sequence[str], timeout: float, answer: Answer) -> None:
        """Start it; the answer comes with its end.

        :raises SpawnError: the container does not run, or the command could not be started.
        """
        container = self._containers.get(container_id)
        config = container.config
        reader, writer = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(reader, False)
        nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        wanted = Command(
            arguments=command,
            environment=config["environment"],
            directory=config["working_directory"],
            user=config.get("user"),
            group=config.get("group"),
            groups=config.get("groups", ()),
            enter=container.pid if config.get("mounts") else 0,
        )
        started = None
        try:
            started = Exec(spawn(wanted, (nothing, writer, writer)), reader, answer)
        finally:
            os.close(nothing)
            os.close(writer)
            if started is None:
                os.close(reader)
        self._by_pid[started.pid] = started
        self._watch(reader, partial(self._read, started))
        if timeout > 0:
            self._later(timeout, lambda: self._too_long(started))

    def child_ended(self, pid: int, status: int) -> bool:
        """Tell of a child that was reaped; False where it is none of these."""
        ended = self._by_pid.pop(pid, None)
        if ended is None:
            return False
        while ended.open and self._read(ended):
            pass
        if ended.open:
            # Something that it left behind holds the pipe; what it says is no longer ours to hear.
            self._close(ended)
        code = os.waitstatus_to_exitcode(status)
        output = base64.b64encode(ended.output).decode()
        result = {"exit_code": code if code >= 0 else 128 - code, "output": output, "timed_out": ended.timed_out}
        ended.answer(result)
        return True

    def _read(self, running: Exec) -> bool:
        try:
            data = os.read(running.reader, 1 << 16)
        except BlockingIOError:
            return False
        if not data:
            self._close(running)
            return False
        running.output += data[: LONGEST_OUTPUT - len(running.output)]
        return True

    def _close(self, running: Exec) -> None:
        running.open = False
        self._forget(running.reader)
        os.close(running.reader)

    def _too_long(self, running: Exec) -> None:
        if self._by_pid.get(running.pid) is running:
            running.timed_out = True
            os.killpg(running.pid, signal.SIGKILL)
