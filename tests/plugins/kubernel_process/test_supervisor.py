"""What survives whose death: containers outlive agent and supervisor, and nothing outlives its container."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from kubernel.ports.runtime import ContainerStartError, ContainerState
from kubernel.testing.contracts.runtime import wait_until
from kubernel_process.processes import Claim, claimed, read_process


def supervisor_pid(host: Any) -> int:
    return int(host.runtime._link.ask("hello")["pid"])


def alive(pid: int) -> bool:
    process = read_process(pid)
    return process is not None and process.state not in "ZX"


def test_a_killed_supervisor_is_replaced_and_its_containers_go_on_with_their_logs(host: Any) -> None:
    container = host.script("n=0; while true; do n=$((n+1)); echo line $n; sleep 0.02; done")
    host.printed("line 3")
    pid, first = host.pid(container), supervisor_pid(host)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not alive(first), "the supervisor's end")
    before = len(host.lines())
    wait_until(lambda: len(host.lines()) > before + 5, "more output")
    assert host.pid(container) == pid
    assert host.status(container).state is ContainerState.RUNNING
    numbers = [int(line.split()[1]) for line in host.lines()]
    assert numbers == list(range(1, len(numbers) + 1)), "nothing is lost and nothing comes twice"
    host.runtime.signal(container, signal.SIGTERM)
    ended = host.ended(container)
    assert ended.reason in ("Error", "ContainerStatusUnknown")
    assert ended.exit_code in (143, 137)


def test_an_end_while_there_is_no_supervisor_is_seen_by_the_next_one(host: Any) -> None:
    container = host.run(["sleep", "1000"])
    other = host.run(["sleep", "1000"], name="other")
    pid = host.pid(container)
    host.runtime.close(leave_running=True)
    os.kill(parent_of(pid), signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    host.open()
    assert host.status(container).state is ContainerState.EXITED
    assert host.status(container).exit_code == 137
    assert host.status(other).state is ContainerState.RUNNING


def parent_of(pid: int) -> int:
    process = read_process(pid)
    assert process is not None
    return process.parent


def test_a_killed_agent_leaves_its_containers_to_the_next_one(tmp_path: Path, make_host: Any) -> None:
    agent = textwrap.dedent(f"""
        import sys
        sys.path[:0] = {sys.path!r}
        from kubernel.ports.runtime import ContainerConfig, SandboxConfig
        from kubernel_process.config import read_config
        from kubernel_process.runtime import ProcessRuntime
        runtime = ProcessRuntime(read_config({{"state_directory": {str(tmp_path)!r}}}))
        sandbox = runtime.create_sandbox(SandboxConfig("default", "a", "uid-a", 0, "a", "127.0.0.1", "/tmp")).id
        container = runtime.create(sandbox, ContainerConfig("main", "busybox", 0, ["sleep", "1000"]))
        runtime.start(container)
        print(container, flush=True)
        import time
        time.sleep(1000)
    """)
    process = subprocess.Popen([sys.executable, "-c", agent], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    container = process.stdout.readline().strip()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    host = make_host()
    assert host.status(container).state is ContainerState.RUNNING
    host.runtime.signal(container, signal.SIGTERM)
    assert host.ended(container).exit_code == 143


def test_what_a_container_leaves_behind_ends_with_it(host: Any) -> None:
    text = "sleep 1001 & setsid sleep 1002 & (setsid sh -c 'setsid sleep 1003 &' &); echo started; exec sleep 1004"
    container = host.script(text)
    host.printed("started")
    record = json.loads((host.directory / "runtime" / "containers" / container / "running.json").read_text())
    claim = Claim(container, record["pid"], record["start"])
    wait_until(lambda: len(claimed([claim])[container]) >= 4, "all four sleepers")
    host.runtime.signal(container, signal.SIGTERM)
    host.ended(container)
    assert claimed([claim])[container] == []


def test_a_supervisor_with_nothing_to_do_and_nobody_to_talk_to_goes_away(host: Any) -> None:
    container = host.run(["true"])
    host.ended(container)
    pid = supervisor_pid(host)
    host.runtime.close(leave_running=True)
    wait_until(lambda: not alive(pid), "the supervisor's end")
    assert not (host.directory / "runtime" / "supervisor.sock").exists()


def test_the_supervisor_is_small_and_its_socket_is_the_owners(host: Any) -> None:
    host.run(["sleep", "1000"])
    assert (host.directory / "runtime" / "supervisor.sock").stat().st_mode & 0o777 == 0o600
    assert (host.directory / "runtime").stat().st_mode & 0o777 == 0o700
    process = read_process(supervisor_pid(host))
    assert process is not None
    assert process.resident_pages * os.sysconf("SC_PAGE_SIZE") < 20 << 20


def test_a_long_line_is_cut_into_parts_and_an_unfinished_one_is_a_part(host: Any) -> None:
    container = host.script("head -c 40000 /dev/zero | tr '\\0' x; echo; printf rest; echo err >&2")
    host.ended(container)
    entries = [line.split(" ", 3) for line in (host.directory / "main.log").read_text().splitlines()]
    out = [(tag, text) for _, stream, tag, text in entries if stream == "stdout"]
    assert "".join(text for _, text in out) == "x" * 40000 + "rest"
    assert [tag for tag, _ in out].count("F") == 1
    assert out[-1] == ("P", "rest")
    assert ("stderr", "F", "err") in [(stream, tag, text) for _, stream, tag, text in entries]


def test_a_log_that_was_moved_away_is_begun_anew(host: Any) -> None:
    container = host.script("trap 'echo again' USR1; echo first; while true; do sleep 0.05; done")
    host.printed("first")
    (host.directory / "main.log").rename(host.directory / "main.log.1")
    host.runtime.reopen_log(container)
    host.runtime.signal(container, signal.SIGUSR1)
    host.printed("again")
    assert host.lines() == ["again"]


def test_stdin_that_was_asked_for_stays_open(host: Any) -> None:
    container = host.run(["cat"], stdin=True)
    assert host.status(container).state is ContainerState.RUNNING
    assert host.runtime.exec(container, ["true"], 5).exit_code == 0


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["no-such-program"], r'exec: "no-such-program": executable file not found in \$PATH'),
        (["/etc/passwd"], r'exec: "/etc/passwd": permission denied'),
        (["/no/such"], r'exec: "/no/such": no such file or directory'),
    ],
)
def test_what_cannot_be_started_says_why(host: Any, command: list[str], message: str) -> None:
    with pytest.raises(ContainerStartError, match=message):
        host.run(command)


def test_a_working_directory_that_is_not_there_is_named(host: Any) -> None:
    with pytest.raises(ContainerStartError, match="working directory"):
        host.run(["true"], working_directory="/no/such/directory")


def test_the_environment_is_clean_and_says_where_the_container_is(host: Any) -> None:
    os.environ["KUBERNEL_TEST_LEAK"] = "yes"
    try:
        container = host.run(["env"], environment={"A": "1"})
    finally:
        del os.environ["KUBERNEL_TEST_LEAK"]
    host.ended(container)
    names = {line.partition("=")[0] for line in host.lines()}
    assert {"A=1", "HOSTNAME=web-0", f"KUBERNEL_POD_IP={host.address}", f"KUBERNEL_CONTAINER_ID={container}"} <= set(host.lines())
    assert "KUBERNEL_TEST_LEAK" not in names
    assert not {"VIRTUAL_ENV", "LS_COLORS"} & names
