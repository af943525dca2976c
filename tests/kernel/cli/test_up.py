"""`kubernel up` as a process: it comes up, survives what can happen to it, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import yaml

from clusters import Cluster
from kubernel.client.http import HttpClient
from kubernel.client.kubeconfig import load_kubeconfig
from kubernel.errors import BadRequestError
from kubernel.types.json import Object
from kubernel.types.well_known import CONFIG_MAPS, NODES, PODS
from waiting import eventually


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster that is not started yet; whatever the test leaves of it is ended."""
    cluster = Cluster(tmp_path)
    yield cluster
    eventually(lambda: kill_all(belonging_to(cluster)) == 0, what="the end of everything that the test started")
    if hasattr(cluster, "process"):
        cluster.stop(signal.SIGKILL)


def kill_all(processes: Sequence[psutil.Process]) -> int:
    """Kill those that are still there; gives how many were asked for. One of them may take others along."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return len(processes)


def belonging_to(cluster: Cluster) -> list[psutil.Process]:
    """Every process that has this cluster's directory in its command line, environment or open files."""
    place = str(cluster.directory)
    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            words = [*process.cmdline(), *process.environ().values(), process.cwd()]
            files = [file.path for file in process.open_files()]
        except psutil.Error:
            continue
        if any(place in word for word in (*words, *files)):
            found.append(process)
    return found


def client_of(cluster: Cluster) -> HttpClient:
    return HttpClient(load_kubeconfig(cluster.kubeconfig))


def running_pod(client: HttpClient, name: str) -> Object:
    """The pod, once it runs."""

    def found() -> Object:
        pod = client.get(PODS, name, "default")
        assert pod.get("status", {}).get("phase") == "Running", pod.get("status")
        return pod

    return eventually(found)


def sleeper(name: str) -> Object:
    """A pod that prints its process id and sleeps; in a command, `$$` stands for one dollar sign."""
    container = {"name": "main", "image": "busybox", "command": ["sh", "-c", "echo $$$$; exec sleep 1000"]}
    return {"metadata": {"name": name}, "spec": {"containers": [container], "terminationGracePeriodSeconds": 1}}


def log_of(client: HttpClient, name: str) -> str:
    """What a pod's container has printed, once it has printed something."""

    def printed() -> str:
        try:
            return b"".join(client.raw("GET", PODS.path("default", name, "log"))).decode().strip()
        except BadRequestError as error:  # it is not started yet
            raise AssertionError(error.message) from error

    return eventually(printed)


def process_id(client: HttpClient, name: str) -> int:
    return int(log_of(client, name))


def test_it_ends_cleanly_with_its_pods_and_keeps_its_state(cluster: Cluster) -> None:
    cluster.start()
    client = client_of(cluster)
    client.create(CONFIG_MAPS, {"metadata": {"name": "kept"}, "data": {"a": "b"}}, "default")
    client.create(PODS, sleeper("one"), "default")
    running_pod(client, "one")
    client.close()
    assert cluster.stop() == 0
    assert belonging_to(cluster) == []
    cluster.start()
    client = client_of(cluster)
    assert client.get(CONFIG_MAPS, "kept", "default")["data"] == {"a": "b"}
    client.close()


def test_after_a_kill_of_everything_objects_are_there_and_pods_run(cluster: Cluster) -> None:
    cluster.start()
    client = client_of(cluster)
    client.create(PODS, sleeper("one"), "default")
    running_pod(client, "one")
    pod = psutil.Process(process_id(client, "one"))
    for number in range(50):
        client.create(CONFIG_MAPS, {"metadata": {"name": f"c{number}"}}, "default")
    client.close()
    kill_all([*belonging_to(cluster), pod])
    cluster.stop(signal.SIGKILL)
    cluster.start()
    client = client_of(cluster)
    names = {item["metadata"]["name"] for item in client.list(CONFIG_MAPS, "default").items}
    assert {f"c{number}" for number in range(50)} <= names

    def restarted() -> bool:
        [status] = client.get(PODS, "one", "default")["status"]["containerStatuses"]
        return bool(status["restartCount"] == 1 and status["ready"])

    eventually(restarted)
    client.close()


def test_after_a_kill_of_the_cluster_its_pods_are_taken_up_where_they_were(cluster: Cluster) -> None:
    cluster.start()
    client = client_of(cluster)
    client.create(PODS, sleeper("one"), "default")
    running_pod(client, "one")
    process = psutil.Process(process_id(client, "one"))
    client.close()
    cluster.stop(signal.SIGKILL)
    second = [p for p in belonging_to(cluster) if "kubernel.assembly.second_process_main" in p.cmdline()]
    eventually(lambda: not any(p.is_running() for p in second), what="the second process noticing that the first is gone")
    assert process.is_running()
    cluster.start()
    client = client_of(cluster)
    assert process_id(client, "one") == process.pid
    [status] = running_pod(client, "one")["status"]["containerStatuses"]
    assert status["restartCount"] == 0
    assert process.is_running()
    client.delete(PODS, "one", "default")
    eventually(lambda: not process.is_running())
    client.close()


def test_pods_can_be_left_running(tmp_path: Path, cluster: Cluster) -> None:
    cluster.options = ("--leave-pods",)
    cluster.start()
    client = client_of(cluster)
    client.create(PODS, sleeper("one"), "default")
    running_pod(client, "one")
    process = psutil.Process(process_id(client, "one"))
    client.close()
    assert cluster.stop() == 0
    assert process.is_running()


def test_the_second_process_is_started_again_when_it_dies(cluster: Cluster) -> None:
    cluster.start()
    client = client_of(cluster)
    [second] = [p for p in belonging_to(cluster) if "kubernel.assembly.second_process_main" in p.cmdline()]
    second.kill()
    client.create(PODS, sleeper("one"), "default")
    running_pod(client, "one")
    client.close()


def test_several_nodes_and_one_process(cluster: Cluster) -> None:
    cluster.options = ("--nodes", "3", "--single-process", "--store", "sqlite://")
    cluster.start()
    client = client_of(cluster)
    assert [node["metadata"]["name"] for node in client.list(NODES).items] == ["node-1", "node-2", "node-3"]
    for name in ("one", "two", "three"):
        client.create(PODS, sleeper(name), "default")
    assert len({running_pod(client, name)["spec"]["nodeName"] for name in ("one", "two", "three")}) == 3
    client.close()
    assert cluster.stop() == 0
    assert belonging_to(cluster) == []


def refused(*arguments: str, env: dict[str, str] | None = None) -> str:
    """What a command that must fail says; it must be one line, with exit code 1."""
    done = subprocess.run(
        [sys.executable, "-m", "kubernel", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **(env or {})},
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    [line] = done.stderr.splitlines()
    assert line.startswith("kubernel: ")
    return line


def test_a_busy_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        line = refused("up", "--data-dir", str(tmp_path / "data"), "--listen", address, "--kubeconfig", str(tmp_path / "k"))
    assert address in line


def test_a_directory_that_is_in_use_is_named(cluster: Cluster) -> None:
    cluster.start()
    line = refused("up", "--data-dir", str(cluster.data_directory))
    assert f"already running on {cluster.data_directory} (process {cluster.process.pid})" in line


@pytest.mark.parametrize("content", [b"SQLite format 3\0 but not really", b"something else entirely" * 100])
def test_a_foreign_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "store.db").write_bytes(content)
    line = refused("up", "--data-dir", str(data), "--listen", "127.0.0.1:0", "--kubeconfig", str(tmp_path / "k"))
    assert "store.db" in line
    assert (data / "store.db").read_bytes() == content


def test_an_unreadable_kubeconfig_ends_it_and_is_left_alone(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text("{ not: [ yaml")
    line = refused("up", "--data-dir", str(tmp_path / "data"), "--listen", "127.0.0.1:0", env={"KUBECONFIG": str(kubeconfig)})
    assert str(kubeconfig) in line
    assert kubeconfig.read_text() == "{ not: [ yaml"


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--store", "tape://x", "no plugin offers the store 'tape://x'"),
        ("--runtime", "hamster", "no plugin offers the runtime 'hamster'"),
        ("--proxy", "pigeon", "no plugin offers the proxy 'pigeon'"),
        ("--listen", "nowhere", "--listen takes HOST:PORT"),
        ("--name", "../x", "cannot be a cluster's name"),
        ("--name", "", "cannot be a cluster's name"),
    ],
)
def test_a_wrong_choice_is_named(tmp_path: Path, option: str, value: str, complaint: str) -> None:
    arguments = ["up", "--data-dir", str(tmp_path / "data"), "--kubeconfig", str(tmp_path / "k"), option, value]
    assert complaint in refused(*arguments, *(["--listen", "127.0.0.1:0"] if option != "--listen" else []))


@pytest.mark.parametrize("command", ["up", "status", "down"])
def test_a_place_that_cannot_be_used_is_named(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "data"
    assert refused(command, "--data-dir", str(place)).endswith(f"the data directory {place}: Not a directory")
    home = {"HOME": str(tmp_path / "file"), "XDG_DATA_HOME": ""}
    assert f"{tmp_path}/file/.local/share/kubernel/default: Not a directory" in refused(command, env=home)


def test_it_runs_on_when_nobody_listens_any_more(cluster: Cluster) -> None:
    options = ["--data-dir", str(cluster.data_directory), "--kubeconfig", str(cluster.kubeconfig), "--listen", "127.0.0.1:0"]
    read, write = os.pipe()
    cluster.process = subprocess.Popen(cluster.command("up", *options), stdout=write, text=True, start_new_session=True)
    os.close(write)
    with os.fdopen(read) as said:
        assert "starting cluster" in said.readline()
    eventually(cluster.kubeconfig.exists, what="the kubeconfig")
    client = client_of(cluster)
    client.create(PODS, sleeper("one"), "default")
    running_pod(client, "one")
    client.close()
    assert cluster.stop() == 0
    assert belonging_to(cluster) == []


def test_a_wrong_configuration_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    for content, complaint in (("runtimes: {}", "unknown section 'runtimes'"), ("a: [", "is not YAML"), ("5", "must be a map")):
        file.write_text(content)
        assert complaint in refused("up", "--data-dir", str(tmp_path / "data"), "--config", str(file))
    assert "cannot read the configuration file" in refused("up", "--config", str(tmp_path / "absent"))


def test_configuration_adds_images(cluster: Cluster) -> None:
    config = cluster.directory / "config.yaml"
    config.write_text(yaml.safe_dump({"runtime": {"images": {"example.com/greeter": {"command": ["/bin/sh", "-c", "echo hi"]}}}}))
    cluster.options = ("--config", str(config))
    cluster.start()
    client = client_of(cluster)
    pod = {"metadata": {"name": "greeter"}, "spec": {"containers": [{"name": "main", "image": "example.com/greeter:1.0"}]}}
    client.create(PODS, pod, "default")
    assert log_of(client, "greeter") == "hi"
    client.close()


def test_down_stops_a_running_cluster_and_delete_forgets_it(cluster: Cluster, tmp_path: Path) -> None:
    cluster.start()
    data = str(cluster.data_directory)
    status = subprocess.run(cluster.command("status", "--data-dir", data), capture_output=True, text=True, check=True)
    assert "1 of 1 ready" in status.stdout
    done = subprocess.run(cluster.command("down", "--data-dir", data), capture_output=True, text=True, check=True)
    assert done.stdout.endswith("stopped\n")
    assert cluster.process.wait(60) == 0
    assert "no cluster runs" in refused("status", "--data-dir", data)
    assert "no cluster runs" in refused("down", "--data-dir", data)
    kubeconfig = tmp_path / "kubeconfig"
    subprocess.run(
        cluster.command("down", "--data-dir", data, "--delete"), env={**os.environ, "KUBECONFIG": str(kubeconfig)}, check=True
    )
    assert not cluster.data_directory.exists()
    (tmp_path / "precious").mkdir()
    assert "there is no cluster" in refused("down", "--data-dir", str(tmp_path / "precious"), "--delete")
    assert (tmp_path / "precious").exists()
    assert "there is no cluster" in refused("kubeconfig", "--data-dir", data)
