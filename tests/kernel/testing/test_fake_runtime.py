"""The fake runtime keeps the promises of real ones, and plays what a test asks of it."""

from collections.abc import Callable, Sequence

import pytest

from kubernel.ports.runtime import ContainerConfig, ExecResult, Runtime, RuntimeFault, SandboxConfig
from kubernel.testing.contracts.runtime import RuntimeContract
from kubernel.testing.fake_runtime import FakeHost, FakeRuntime


class TestFakeRuntime(RuntimeContract):
    def runs(self) -> Sequence[str]:
        return ["run"]

    def ignores_term(self) -> Sequence[str]:
        return ["stubborn"]

    def exits(self, code: int) -> Sequence[str]:
        return ["exit", str(code)]

    def prints(self, text: str) -> Sequence[str]:
        return ["print", text]

    def cannot_start(self) -> Sequence[str]:
        return ["broken"]

    @pytest.fixture
    def open_runtime(self) -> Callable[[], Runtime]:
        host = FakeHost()

        def opened() -> Runtime:
            runtime = FakeRuntime(host)
            runtime.answers[" ".join(self.succeeds())] = ExecResult(0, b"fine\n")
            runtime.answers[" ".join(self.fails())] = ExecResult(7, b"")
            runtime.answers[" ".join(self.hangs())] = TimeoutError()
            return runtime

        return opened


def test_a_fault_is_raised_once_for_each_time_it_was_asked_for() -> None:
    runtime = FakeRuntime()
    runtime.faults["create_sandbox"] = [RuntimeFault("no room")]
    config = SandboxConfig("default", "web", "uid-1", 0, "web", "127.0.0.1", "/tmp")
    with pytest.raises(RuntimeFault, match="no room"):
        runtime.create_sandbox(config)
    assert runtime.create_sandbox(config).ready


def test_a_test_ends_a_container_by_its_name() -> None:
    runtime = FakeRuntime()
    sandbox = runtime.create_sandbox(SandboxConfig("default", "web", "uid-1", 0, "web", "127.0.0.1", "/tmp"))
    runtime.start(runtime.create(sandbox.id, ContainerConfig("main", "busybox", 0, command=["run"])))
    runtime.finish("web", "main", 4)
    ended = runtime.find("web", "main")
    assert ended is not None
    assert ended.exit_code == 4
