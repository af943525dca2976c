"""The whole agent: real registry, real threads, real processes, real TLS."""

import http.client
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubernel.api.pki import KeyPair, Pki
from kubernel.client.local import LocalClient
from kubernel.errors import NotFoundError
from kubernel.machinery.clock import SystemClock
from kubernel.machinery.recorder import Recorder
from kubernel.node.agent import NodeAgent
from kubernel.node.config import NodeConfig
from kubernel.objects import kinds
from kubernel.registry.registry import Registry
from kubernel.registry.table import ResourceTable
from kubernel.testing.loopback import own_range
from kubernel.testing.memory_store import MemoryStore
from kubernel.types.json import Object
from kubernel.types.pods import is_ready
from kubernel.types.well_known import CONFIG_MAPS, EVENTS, LEASES, NAMESPACES, NODES, PODS
from kubernel_process.config import read_config
from kubernel_process.processes import all_processes
from kubernel_process.runtime import ProcessRuntime
from waiting import eventually


class Host:
    """A registry, and one node after the other on one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = SystemClock()
        self.store = MemoryStore()
        options = {"service_cidr": "127.96.0.0/16"}
        self.registry = Registry(self.store, ResourceTable(kinds()), clock=self.clock, options=options)
        self.client = LocalClient(self.registry)
        for name in ("default", "kube-node-lease"):
            self.client.create(NAMESPACES, {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}})
        self.pki = Pki(directory / "pki")
        self.agents: list[NodeAgent] = []
        self.pod_cidr = own_range()

    def start(self, **settings: Any) -> NodeAgent:
        pair: KeyPair = self.pki.node("node-a", ["127.0.0.1"])
        runtime = ProcessRuntime(read_config({"state_directory": str(self.directory / "node"), "node_name": "node-a"}))
        values = {"pod_cidr": self.pod_cidr, "relist_interval": 0.2, **settings}
        config = NodeConfig(
            "node-a",
            self.directory / "node",
            tls_certificate=pair.certificate,
            tls_key=pair.key,
            client_ca=self.pki.ca().certificate,
            **values,
        )
        recorder = Recorder(self.client, self.clock, "kubelet", "node-a")
        self.recorder = recorder
        agent = NodeAgent(self.client, runtime, None, config, self.clock, recorder)
        agent.start()
        self.agents.append(agent)
        assert agent.wait_ready(60)
        return agent

    def close(self) -> None:
        for agent in self.agents:
            agent.stop(leave_pods=False)
        self.recorder.stop()
        self.client.close()
        self.registry.close()
        self.store.close()
        self.clock.close()

    def run(self, name: str, container: Object, **spec: Any) -> None:
        body = {
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"nodeName": "node-a", "containers": [{"name": "main", **container}], **spec},
        }
        self.client.create(PODS, body, "default")

    def get(self, name: str) -> Object:
        return self.client.get(PODS, name, "default")

    def ready(self, name: str) -> Object:
        eventually(lambda: is_ready(self.get(name)), what=f"pod {name} ready")
        return self.get(name)

    def gone(self, name: str) -> bool:
        try:
            self.get(name)
        except NotFoundError:
            return True
        return False

    def ask(self, path: str, *, certificate: bool = True) -> http.client.HTTPResponse:
        node = self.client.get(NODES, "node-a")
        port = node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"]
        context = ssl.create_default_context(cadata=self.pki.ca().certificate.decode())
        if certificate:
            pair = self.pki.kubelet_client()
            context.load_cert_chain(pair.certificate_path, pair.key_path)
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=60)
        connection.request("GET", path)
        return connection.getresponse()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    host = Host(tmp_path)
    yield host
    host.close()
    left = [p for p in all_processes() if str(tmp_path).encode() in _command_line(p.pid)]
    assert left == []


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_node_registers_itself_and_keeps_its_lease(host: Host) -> None:
    host.start()
    node = host.client.get(NODES, "node-a")
    assert node["metadata"]["labels"]["kubernetes.io/hostname"] == "node-a"
    assert node["status"]["nodeInfo"]["architecture"] == node["metadata"]["labels"]["kubernetes.io/arch"]
    conditions = {c["type"]: c["status"] for c in node["status"]["conditions"]}
    assert conditions["Ready"] == "True"
    assert node["status"]["capacity"]["pods"] == "110"
    (lease,) = eventually(lambda: host.client.list(LEASES, "kube-node-lease").items)
    assert lease["spec"]["holderIdentity"] == "node-a"


def test_the_agents_server_is_found_where_it_was(host: Host) -> None:
    first = host.start()
    port = first.port
    first.stop(leave_pods=True)
    assert host.start().port == port


def test_a_node_that_was_there_before_keeps_what_others_set(host: Host) -> None:
    host.start().stop(leave_pods=True)
    host.client.patch(NODES, "node-a", {"metadata": {"labels": {"disk": "ssd"}}, "spec": {"unschedulable": True}})
    host.start()
    node = host.client.get(NODES, "node-a")
    assert node["metadata"]["labels"]["disk"] == "ssd"
    assert node["spec"]["unschedulable"] is True
    assert node["spec"]["podCIDR"] == host.pod_cidr


def test_a_web_server_becomes_ready_answers_on_its_address_and_goes(host: Host) -> None:
    host.start()
    probe = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}
    host.run("web", {"image": "nginx:1.27", "env": [{"name": "PORT", "value": "8080"}], "readinessProbe": probe})
    address = host.ready("web")["status"]["podIP"]
    connection = http.client.HTTPConnection(address, 8080, timeout=60)
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["X-Pod"]) == (200, "web")
    connection.close()
    host.client.delete(PODS, "web", "default")
    eventually(lambda: host.gone("web"))
    host.recorder.flush()
    reasons = {event["reason"] for event in host.client.list(EVENTS, "default").items}
    assert {"Pulled", "Created", "Started", "Killing"} <= reasons


def test_logs_are_read_and_followed_over_tls_by_who_has_a_certificate(host: Host) -> None:
    host.start()
    script = "echo one; echo two; sleep 0.5; echo three"
    host.run("talk", {"image": "busybox", "command": ["sh", "-c", script]}, restartPolicy="Never")
    eventually(lambda: host.get("talk")["status"].get("containerStatuses", [{}])[0].get("containerID"))
    followed = host.ask("/containerLogs/default/talk/main?follow=true")
    text = followed.read()
    assert (followed.status, text) == (200, b"one\ntwo\nthree\n"), host.get("talk")["status"]
    assert host.ask("/containerLogs/default/talk/main?tailLines=1").read() == b"three\n"
    assert host.ask("/containerLogs/default/none/main").status == 404
    assert host.ask("/containerLogs/default/talk/main?tailLines=x").status == 400
    assert host.ask("/containerLogs/default/talk/main?previous=true").status in (200, 400)
    assert host.ask("/healthz").read() == b"ok"
    assert host.ask("/nothing").status == 404
    assert b'"talk"' in host.ask("/pods").read()
    with pytest.raises((ssl.SSLError, ConnectionError)):
        host.ask("/healthz", certificate=False).read()


def test_following_costs_no_thread_and_ends_when_the_client_hangs_up(host: Host) -> None:
    host.start()
    host.run("quiet", {"image": "busybox", "command": ["sh", "-c", "echo hello; exec sleep 1000"]})
    host.ready("quiet")
    before = threading.active_count()
    answers = [host.ask("/containerLogs/default/quiet/main?follow=true") for _ in range(10)]
    for answer in answers:
        assert answer.readline() == b"hello\n"
    assert threading.active_count() <= before + 1
    server = host.agents[0]._server
    assert server is not None
    assert len(server._connections) >= 10
    for answer in answers:
        answer.close()
    del answers
    eventually(lambda: not server._connections)


def test_pods_run_on_without_an_agent_and_are_taken_up_by_the_next(host: Host) -> None:
    host.start().stop(leave_pods=True)
    host.start()
    host.run("stay", {"image": "busybox", "command": ["sleep", "1000"]})
    before = host.ready("stay")["status"]
    host.agents[-1].stop(leave_pods=True)
    host.start()
    eventually(lambda: is_ready(host.get("stay")))
    assert host.get("stay")["status"]["containerStatuses"] == before["containerStatuses"]
    assert host.get("stay")["status"]["podIP"] == before["podIP"]


def test_pods_end_with_the_agent_when_they_are_not_to_be_left_and_come_back_with_the_next(host: Host) -> None:
    agent = host.start()
    host.run("again", {"image": "busybox", "command": ["sleep", "1000"]})
    host.run("once", {"image": "busybox", "command": ["sleep", "1000"]}, restartPolicy="Never")
    host.ready("again")
    host.ready("once")
    agent.stop(leave_pods=False)
    host.start()
    eventually(lambda: host.get("again")["status"]["containerStatuses"][0]["restartCount"] == 1)
    eventually(lambda: host.get("once")["status"]["phase"] == "Failed")
    status = host.ready("again")["status"]
    assert status["podIPs"] == [{"ip": status["podIP"]}]


def test_volumes_are_mounted_and_their_changes_reach_the_container(host: Host) -> None:
    host.start(reference_seconds=0.2)
    metadata = {"name": "settings", "namespace": "default"}
    config = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": {"key": "one"}}
    host.client.create(CONFIG_MAPS, config, "default")
    script = 'while true; do cat "$KUBERNEL_VOLUME_CONFIG/key"; echo; sleep 0.1; done'
    mount = {"name": "config", "mountPath": "/etc/kubernel-agent-test"}
    volumes = [{"name": "config", "configMap": {"name": "settings"}}]
    host.run("reader", {"image": "busybox", "command": ["sh", "-c", script], "volumeMounts": [mount]}, volumes=volumes)
    host.ready("reader")
    host.client.patch(CONFIG_MAPS, "settings", {"data": {"key": "two"}}, "default")
    eventually(lambda: b"two" in host.ask("/containerLogs/default/reader/main?tailLines=5").read())


def test_many_pods_start_and_end(host: Host) -> None:
    host.start()
    for number in range(20):
        host.run(f"many-{number}", {"image": "pause"})
    for number in range(20):
        host.ready(f"many-{number}")
    addresses = {host.get(f"many-{number}")["status"]["podIP"] for number in range(20)}
    assert len(addresses) == 20
    for number in range(20):
        host.client.delete(PODS, f"many-{number}", "default")
    eventually(lambda: all(host.gone(f"many-{number}") for number in range(20)))
