"""What every container runtime promises, for real ones and for fakes.

Subclass and give the fixture `open_runtime`, a function that opens the runtime on one and the same state each time; where `sh` is
not there to run, override the commands. The suite ends whatever it started.
"""

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kubernel.ports.runtime import (
    ContainerConfig,
    ContainerStartError,
    ContainerState,
    ContainerStatus,
    ImageNotFoundError,
    Runtime,
    RuntimeFault,
    SandboxConfig,
    Stats,
)

PATIENCE = 60.0


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that another thread or process does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE:g} s"
        time.sleep(0.005)


class RuntimeContract:
    """See the module."""

    image = "busybox"
    missing_image = "nobody/has-this:1"

    # --- what the container does; override where there is no shell -------------------------------------------------

    def runs(self) -> Sequence[str]:
        """Runs until TERM."""
        return ["sleep", "1000"]

    def ignores_term(self) -> Sequence[str]:
        """Runs until KILL, and prints `ready` once it ignores TERM."""
        return ["sh", "-c", "trap '' TERM; echo ready; while true; do sleep 0.05; done"]

    def exits(self, code: int) -> Sequence[str]:
        return ["sh", "-c", f"exit {code}"]

    def prints(self, text: str) -> Sequence[str]:
        """Prints a line and ends."""
        return ["echo", text]

    def succeeds(self) -> Sequence[str]:
        """A command for `exec` that prints `fine` and ends with 0."""
        return ["echo", "fine"]

    def fails(self) -> Sequence[str]:
        """A command for `exec` that ends with 7."""
        return ["sh", "-c", "exit 7"]

    def hangs(self) -> Sequence[str]:
        """A command for `exec` that takes too long."""
        return ["sleep", "1000"]

    def cannot_start(self) -> Sequence[str]:
        return ["/no/such/program"]

    # --- fixtures --------------------------------------------------------------------------------------------------

    @pytest.fixture
    def open_runtime(self) -> Callable[[], Runtime]:
        raise NotImplementedError("give a function that opens the runtime under test")

    @pytest.fixture
    def runtime(self, open_runtime: Callable[[], Runtime]) -> Iterator[Runtime]:
        runtime = open_runtime()
        yield runtime
        runtime.close(leave_running=False)

    @pytest.fixture
    def sandbox_config(self, tmp_path: Path) -> SandboxConfig:
        directory = tmp_path / "pod"
        directory.mkdir()
        return SandboxConfig("default", "web", "uid-1", 0, "web", "127.0.0.1", str(directory))

    @pytest.fixture
    def sandbox(self, runtime: Runtime, sandbox_config: SandboxConfig) -> str:
        return runtime.create_sandbox(sandbox_config).id

    def config(self, tmp_path: Path, command: Sequence[str], *, name: str = "main", attempt: int = 0) -> ContainerConfig:
        log = tmp_path / f"{name}-{attempt}.log"
        return ContainerConfig(name, self.image, attempt, command=command, log_path=str(log))

    def started(self, runtime: Runtime, sandbox: str, config: ContainerConfig) -> str:
        container = runtime.create(sandbox, config)
        runtime.start(container)
        return container

    def ended(self, runtime: Runtime, container: str) -> ContainerStatus:
        wait_until(lambda: self.seen(runtime, container).state is ContainerState.EXITED, "the end of the container")
        return self.seen(runtime, container)

    def seen(self, runtime: Runtime, container: str) -> ContainerStatus:
        status = runtime.inspect(container)
        assert status is not None
        return status

    # --- images ----------------------------------------------------------------------------------------------------

    def test_an_image_that_there_is_has_an_id_and_is_present(self, runtime: Runtime) -> None:
        assert runtime.pull(self.image)
        assert runtime.image_present(self.image)

    def test_an_image_that_nobody_has_is_named_in_the_error(self, runtime: Runtime) -> None:
        assert not runtime.image_present(self.missing_image)
        with pytest.raises(ImageNotFoundError, match="nobody/has-this"):
            runtime.pull(self.missing_image)

    def test_it_says_who_it_is(self, runtime: Runtime) -> None:
        status = runtime.status()
        assert status.ready
        assert re.fullmatch(r"[a-z]+", status.name)
        assert status.version

    # --- sandboxes -------------------------------------------------------------------------------------------------

    def test_a_sandbox_is_listed_with_its_pod(self, runtime: Runtime, sandbox: str) -> None:
        (listed,) = runtime.sandboxes()
        assert (listed.id, listed.namespace, listed.pod_name, listed.pod_uid) == (sandbox, "default", "web", "uid-1")
        assert listed.ready
        assert listed.addresses

    def test_creating_a_sandbox_that_exists_gives_it_back(self, runtime: Runtime, sandbox_config: SandboxConfig) -> None:
        first = runtime.create_sandbox(sandbox_config)
        assert runtime.create_sandbox(sandbox_config).id == first.id
        assert runtime.create_sandbox(replace(sandbox_config, attempt=1)).id != first.id

    def test_a_stopped_sandbox_stays_listed_until_it_is_removed(self, runtime: Runtime, sandbox: str, tmp_path: Path) -> None:
        container = self.started(runtime, sandbox, self.config(tmp_path, self.runs()))
        runtime.stop_sandbox(sandbox)
        assert [status.ready for status in runtime.sandboxes()] == [False]
        assert self.ended(runtime, container).exit_code == 137
        runtime.remove_sandbox(sandbox)
        assert list(runtime.sandboxes()) == []
        assert list(runtime.containers()) == []

    def test_stopping_and_removing_what_is_gone_is_a_no_op(self, runtime: Runtime, sandbox: str, tmp_path: Path) -> None:
        container = self.started(runtime, sandbox, self.config(tmp_path, self.exits(0)))
        self.ended(runtime, container)
        for _ in range(2):
            runtime.signal(container, signal.SIGTERM)
            runtime.remove(container)
            runtime.stop_sandbox(sandbox)
            runtime.remove_sandbox(sandbox)
        assert runtime.inspect(container) is None

    # --- containers ------------------------------------------------------------------------------------------------

    def test_a_container_goes_from_created_to_running_to_exited(self, runtime: Runtime, sandbox: str, tmp_path: Path) -> None:
        container = runtime.create(sandbox, self.config(tmp_path, self.runs()))
        created = self.seen(runtime, container)
        assert (created.state, created.started_at, created.name) == (ContainerState.CREATED, None, "main")
        runtime.start(container)
        running = self.seen(runtime, container)
        assert running.state is ContainerState.RUNNING
        assert running.started_at is not None
        runtime.signal(container, signal.SIGTERM)
        ended = self.ended(runtime, container)
        assert ended.exit_code == 143
        assert ended.finished_at is not None
        assert ended.finished_at >= running.started_at

    def test_creating_a_container_that_exists_gives_it_back(self, runtime: Runtime, sandbox: str, tmp_path: Path) -> None:
        config = self.config(tmp_path, self.runs())
        first = runtime.create(sandbox, config)
        assert runtime.create(sandbox, config) == first
        assert runtime.create(sandbox, self.config(tmp_path, self.runs(), attempt=1)) != first

    def test_starting_twice_starts_once(self, runtime: Runtime, sandbox: str, tmp_path: Path) -> None:
        container = self.started(runtime, sandbox, self.config(tmp_path, self.runs()))
        began = self.seen(runtime, container).started_at
        runtime.start(container)
        assert self.seen(runtime, container).started_at == began

    @pytest.mark.parametrize(("code", "reason"), [(0, "Completed"), (3, "Error")])
    def test_an_exit_code_is_told_with_its_reason(
        self, runtime: Runtime, sandbox: str, tmp_path: Path, code: int, reason: str
    ) -> None:
        container = self.started(runtime, sandbox, self.config(tmp_path, self.exits(code)))
        ended = self.ended(runtime, container)
        assert (ended.exit_code, ended.reason) == (code, reason)

    def test_who_ignores_term_is_ended_by_kill(self, runtime: Runtime, sandbox: str, tmp_path: Path) -> None:
        config = self.config(tmp_path, self.ignores_term())
        container = self.started(runtime, sandbox, config)
        wait_until(lambda: "ready" in self.log(config), "the trap")
        runtime.signal(container, signal.SIGTERM)
        assert runtime.inspect(container).state is ContainerState.RUNNING  # type: ignore[union-attr]
        runtime.signal(container, signal.SIGKILL)
        assert self.ended(runtime, container).exit_code == 137

    def test_a_command_that_cannot_be_started_is_an_error_and_an_exited_container(
        self, runtime: Runtime, sandbox: str, tmp_path: Path
    ) -> None:
        container = runtime.create(sandbox, self.config(tmp_path, self.cannot_start()))
        with pytest.raises(ContainerStartError):
            runtime.start(container)
        status = self.seen(runtime, container)
        assert status.state is ContainerState.EXITED
        assert status.exit_code != 0
        assert status.message

    def test_removing_a_running_container_ends_it_and_keeps_its_log(self, runtime: Runtime, sandbox: str, tmp_path: Path) -> None:
        config = self.config(tmp_path, self.ignores_term())
        container = self.started(runtime, sandbox, config)
        wait_until(lambda: "ready" in self.log(config), "the output")
        runtime.remove(container)
        assert runtime.inspect(container) is None
        assert "ready" in self.log(config)

    def test_an_exit_is_told_at_once(self, runtime: Runtime, sandbox: str, tmp_path: Path) -> None:
        told = threading.Event()
        ids: list[str] = []

        def exited(container_id: str) -> None:
            ids.append(container_id)
            told.set()

        runtime.on_exit(exited)
        container = self.started(runtime, sandbox, self.config(tmp_path, self.exits(0)))
        assert told.wait(PATIENCE)
        assert ids == [container]
        assert self.seen(runtime, container).state is ContainerState.EXITED

    # --- logs and commands inside ----------------------------------------------------------------------------------

    def log(self, config: ContainerConfig) -> str:
        path = Path(config.log_path)
        return path.read_text() if path.exists() else ""

    def test_output_is_in_the_log_in_the_cri_format_once_the_container_has_ended(
        self, runtime: Runtime, sandbox: str, tmp_path: Path
    ) -> None:
        config = self.config(tmp_path, self.prints("hello"))
        self.ended(runtime, self.started(runtime, sandbox, config))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stdout F hello\n", self.log(config))

    def test_a_command_inside_gives_its_output_and_code(self, runtime: Runtime, sandbox: str, tmp_path: Path) -> None:
        container = self.started(runtime, sandbox, self.config(tmp_path, self.runs()))
        result = runtime.exec(container, self.succeeds(), 10)
        assert (result.exit_code, result.output) == (0, b"fine\n")
        assert runtime.exec(container, self.fails(), 10).exit_code == 7

    def test_a_command_inside_that_takes_too_long_is_a_timeout(self, runtime: Runtime, sandbox: str, tmp_path: Path) -> None:
        container = self.started(runtime, sandbox, self.config(tmp_path, self.runs()))
        with pytest.raises(TimeoutError):
            runtime.exec(container, self.hangs(), 0.1)

    def test_a_command_inside_what_does_not_run_is_a_fault(self, runtime: Runtime, sandbox: str, tmp_path: Path) -> None:
        container = self.started(runtime, sandbox, self.config(tmp_path, self.exits(0)))
        self.ended(runtime, container)
        with pytest.raises(RuntimeFault):
            runtime.exec(container, self.succeeds(), 10)

    def test_a_running_container_uses_something(self, runtime: Runtime, sandbox: str, tmp_path: Path) -> None:
        container = self.started(runtime, sandbox, self.config(tmp_path, self.runs()))

        def used() -> Stats:
            stats = runtime.stats(container)
            assert stats is not None
            return stats

        # Linux counts the pages of a process that has just begun a moment later.
        wait_until(lambda: used().memory_bytes > 0, "memory in use")
        assert used().cpu_seconds >= 0
        assert runtime.stats("no-such-container") is None

    # --- restarts --------------------------------------------------------------------------------------------------

    def test_what_runs_is_found_again_by_the_next_one_and_recovering_twice_is_a_no_op(
        self, open_runtime: Callable[[], Runtime], sandbox_config: SandboxConfig, tmp_path: Path
    ) -> None:
        first = open_runtime()
        sandbox = first.create_sandbox(sandbox_config).id
        container = self.started(first, sandbox, self.config(tmp_path, self.runs()))
        began = self.seen(first, container).started_at
        first.close(leave_running=True)
        for _ in range(2):
            runtime = open_runtime()
            assert [status.id for status in runtime.sandboxes()] == [sandbox]
            status = self.seen(runtime, container)
            assert (status.state, status.started_at, status.name) == (ContainerState.RUNNING, began, "main")
            runtime.close(leave_running=True)
        last = open_runtime()
        last.signal(container, signal.SIGTERM)
        assert self.ended(last, container).exit_code == 143
        last.close(leave_running=False)

    def test_an_end_that_nobody_watched_is_known_to_the_next_one(
        self, open_runtime: Callable[[], Runtime], sandbox_config: SandboxConfig, tmp_path: Path
    ) -> None:
        first = open_runtime()
        sandbox = first.create_sandbox(sandbox_config).id
        container = self.started(first, sandbox, self.config(tmp_path, self.exits(3)))
        first.close(leave_running=True)
        second = open_runtime()
        assert self.ended(second, container).exit_code == 3
        second.close(leave_running=False)

    def test_closing_without_leaving_anything_ends_what_runs(
        self, open_runtime: Callable[[], Runtime], sandbox_config: SandboxConfig, tmp_path: Path
    ) -> None:
        first = open_runtime()
        sandbox = first.create_sandbox(sandbox_config).id
        container = self.started(first, sandbox, self.config(tmp_path, self.runs()))
        first.close(leave_running=False)
        second = open_runtime()
        assert self.seen(second, container).state is ContainerState.EXITED
        second.close(leave_running=False)
