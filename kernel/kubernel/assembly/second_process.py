"""The second process of `kubernel up`, as the first one sees it: started early, told once, watched, ended.

It is started before the first process opens its store, so that the two load what they need side by side on two cores; it learns
what to do by one line of JSON on its standard input, and answers with a line for each node that is ready, or with an error when
the configuration cannot work. The input's end is how it notices that the first process died: it then leaves the pods running and
goes. Should the second process die itself, it is started again; pods run on meanwhile.
"""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from kubernel.assembly.facts import ClusterFacts, NodeIdentity
from kubernel.assembly.settings import Settings
from kubernel.errors import ConfigurationError

_log = logging.getLogger("kubernel.assembly")

STOP, LEAVE = "stop", "leave"
READY, ERROR = "ready", "error"
PATIENCE = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


@dataclass(frozen=True, slots=True)
class Orders:
    """What the second process is told: the settings, and how to reach the first. Certificates are paths of PEM files."""

    settings: Settings
    url: str
    ca: Path
    certificate: Path
    key: Path
    facts: ClusterFacts
    nodes: list[NodeIdentity]

    def line(self) -> str:
        """As one line of JSON."""
        return json.dumps(asdict(self), default=str) + "\n"


class SecondProcess:
    """See the module."""

    def __init__(self, log: Path, told: Callable[[str], None]) -> None:
        self._log_path, self._told = log, told
        self._orders = ""
        self._missing: set[str] = set()
        self._settled = threading.Event()
        self._failure: ConfigurationError | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process = self._spawn()
        self._watcher: threading.Thread | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    def _spawn(self) -> "subprocess.Popen[str]":
        with self._log_path.open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "kubernel.assembly.second_process_main"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # Ctrl-C in the terminal is the first process's to handle
            )

    def begin(self, orders: Orders) -> None:
        """Tell it what to do, and from now on start it again whenever it dies."""
        self._orders = orders.line()
        self._missing = {node.name for node in orders.nodes}
        self._write(self._orders)
        self._watcher = threading.Thread(target=self._watch, name="second-process", daemon=True)
        self._watcher.start()

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except OSError as error:  # it is gone already; the watcher sees to that
            _log.info("the second process does not listen: %s", error)

    def _watch(self) -> None:
        pause = FIRST_PAUSE
        while True:
            self._listen()
            code = self._process.wait()
            if self._stopping.is_set() or self._failure is not None:
                return
            self._told(f"scheduler, controllers and nodes ended (exit code {code}), see {self._log_path}; starting them again")
            if self._stopping.wait(pause):
                return
            pause = min(pause * 2, LONGEST_PAUSE)
            with self._lock:
                if self._stopping.is_set():
                    return
                self._process = self._spawn()
                self._write(self._orders)

    def _listen(self) -> None:
        """Hear what it has to say, until it says no more."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == READY and rest in self._missing:
                self._missing.discard(rest)
                self._told(f"{rest} is Ready")
            elif word == ERROR:
                self._failure = ConfigurationError(rest)
            if not self._missing or self._failure is not None:
                self._settled.set()

    def wait_ready(self, timeout: float) -> bool:
        """Wait until every node is Ready; False when `timeout` seconds passed first.

        :raises ConfigurationError: a part cannot work as it is configured.
        """
        settled = self._settled.wait(timeout)
        if self._failure is not None:
            raise self._failure
        return settled

    def stop(self, *, leave_pods: bool) -> None:
        """End it, with its pods or without them, and wait for that."""
        with self._lock:
            self._stopping.set()
        self._write(f"{LEAVE if leave_pods else STOP}\n")
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            _log.error("scheduler, controllers and nodes did not end in %.0f seconds; killing them", PATIENCE)
            self._process.kill()
            self._process.wait()
        if self._watcher is not None:
            self._watcher.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):  # what was not read any more
                    stream.close()
