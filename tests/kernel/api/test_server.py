"""The server as a whole: starting, stopping, what it makes at start, what it does under load and when others are slow."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from api_world import World, running
from kubernel.api.options import ServerOptions
from kubernel.api.pki import Pki
from kubernel.api.server import ApiServer
from kubernel.errors import ConfigurationError, ForbiddenError, KernelError, StoreUnavailableError
from kubernel.hooks import Registrations, hookimpl
from kubernel.hooks.discovery import load_plugins
from kubernel.machinery.clock import SystemClock
from kubernel.objects import kinds
from kubernel.ports.admission import Admission, AdmissionRequest, Verb
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.registry import Registry
from kubernel.registry.table import ResourceTable
from kubernel.testing.memory_store import MemoryStore
from waiting import eventually

CONFIGS = "/api/v1/namespaces/default/configs"


@pytest.fixture
def own(tmp_path: Path, pki: Pki) -> Iterator[World]:
    with running(tmp_path, pki) as world:
        yield world


def test_the_namespaces_that_clients_expect_are_there(own: World) -> None:
    found = own.admin.get("/api/v1/namespaces").json()["items"]
    assert [item["metadata"]["name"] for item in found] == ["default", "kube-node-lease", "kube-public", "kube-system"]


def test_the_service_of_the_server_points_at_it(own: World) -> None:
    api, port = own.admin, own.server.port
    service = api.get("/api/v1/namespaces/default/services/kubernetes").json()
    assert service["spec"]["clusterIP"] == "127.96.0.1"
    assert service["spec"]["ports"][0]["targetPort"] == port
    (subset,) = api.get("/api/v1/namespaces/default/endpoints/kubernetes").json()["subsets"]
    assert (subset["addresses"][0]["ip"], subset["ports"][0]["port"]) == ("127.0.0.1", port)
    slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes"
    endpoint_slice = api.get(slices).json()
    assert endpoint_slice["metadata"]["labels"]["kubernetes.io/service-name"] == "kubernetes"
    assert endpoint_slice["ports"][0]["port"] == port


def test_a_second_start_finds_its_objects_and_moves_the_endpoints(tmp_path: Path, pki: Pki) -> None:
    store = MemoryStore()
    uids, ports = [], []
    for _ in range(2):
        registry = Registry(store, ResourceTable(kinds()), clock=SystemClock(), options={"service_cidr": "127.96.0.0/16"})
        server = ApiServer(registry, SystemClock(), ServerOptions(pki=pki))
        server.start()
        definition = registry.table.find("", "v1", "endpoints")
        found = registry.get(definition, "default", "kubernetes").object
        uids.append(found["metadata"]["uid"])
        ports.append(found["subsets"][0]["ports"][0]["port"] == server.port)
        server.stop()
        registry.close()
    store.close()
    assert uids[0] == uids[1]
    assert ports == [True, True]


def registry_on(store: MemoryStore) -> Registry:
    return Registry(store, ResourceTable(kinds()), clock=SystemClock(), options={"service_cidr": "127.96.0.0/16"})


def test_a_busy_port_is_named(pki: Pki) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"cannot listen on 127\.0\.0\.1:{port}: .*--listen"):
            ApiServer(registry_on(MemoryStore()), SystemClock(), ServerOptions(pki=pki, port=port))


def test_an_address_of_another_machine_is_named(pki: Pki) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot listen on 192\.0\.2\.1:0"):
        ApiServer(registry_on(MemoryStore()), SystemClock(), ServerOptions(pki=pki, host="192.0.2.1"))


def test_a_start_that_fails_says_why_and_leaves_nothing_running(pki: Pki) -> None:
    store = MemoryStore()
    store.fail_next(StoreUnavailableError("gone"), 100)
    registry = registry_on(store)
    server = ApiServer(registry, SystemClock(), ServerOptions(pki=pki))
    with pytest.raises(KernelError, match="gone"):
        server.start()
    server.stop()
    registry.close()
    store.close()
    with socket.socket() as free:
        assert free.connect_ex(("127.0.0.1", server.port)) != 0


def test_a_server_that_never_started_may_be_stopped(pki: Pki) -> None:
    server = ApiServer(registry_on(MemoryStore()), SystemClock(), ServerOptions(pki=pki))
    server.stop()
    server.stop()


def test_stopping_twice_is_a_no_op(own: World) -> None:
    own.server.stop()
    own.server.stop()


def test_serving_on_the_calling_thread_ends_when_it_is_stopped(pki: Pki) -> None:
    store = MemoryStore()
    registry = registry_on(store)
    server = ApiServer(registry, SystemClock(), ServerOptions(pki=pki))
    serving = threading.Thread(target=server.serve)
    serving.start()
    assert server.wait_ready(60)
    assert server.url == f"https://127.0.0.1:{server.port}"
    server.stop()
    serving.join(60)
    assert not serving.is_alive()
    registry.close()
    store.close()


def test_too_many_requests_are_told_to_come_back(tmp_path: Path, pki: Pki) -> None:
    with running(tmp_path, pki, most_in_flight=2) as world:
        api = world.admin
        api.get(CONFIGS)
        world.store.hold_commits()
        replies: list[int] = []

        def write(name: str) -> None:
            replies.append(api.post(CONFIGS, {"metadata": {"name": name}}).status)

        writers = [threading.Thread(target=write, args=(f"n{number}",)) for number in range(2)]
        for writer in writers:
            writer.start()
        refused = eventually(lambda: (reply := api.get(CONFIGS)).status == 429 and reply)
        assert refused
        assert (refused.reason, refused.headers["retry-after"]) == ("TooManyRequests", "1")
        world.store.release_commits()
        for writer in writers:
            writer.join()
        assert replies == [201, 201]
        assert api.get(CONFIGS).status == 200


@dataclass
class SlowAdmission:
    """Admission that calls out: it waits until it may go on, and refuses what is called `bad`."""

    name: str = "slow"
    blocking: bool = True
    may_go: threading.Event = field(default_factory=threading.Event)
    threads: list[str] = field(default_factory=list)

    def handles(self, resource: ResourceDefinition, verb: Verb) -> bool:
        return resource.kind == "Config"

    def mutate(self, request: AdmissionRequest) -> list[str]:
        self.threads.append(threading.current_thread().name)
        self.may_go.wait(60)
        return ["it took a while"]

    def validate(self, request: AdmissionRequest) -> list[str]:
        if request.name == "bad":
            raise ForbiddenError('configs "bad" is forbidden: no')
        return []


class Brings:
    """A plugin."""

    def __init__(self, admission: SlowAdmission) -> None:
        self._admission = admission

    @hookimpl
    def kubernel_register_admission(self, chain: Registrations[Admission]) -> None:
        chain.add("slow", self._admission)


def test_admission_that_blocks_holds_nobody_else_up(tmp_path: Path, pki: Pki) -> None:
    admission = SlowAdmission()
    chain: Registrations[Admission] = Registrations("admission plugin")
    load_plugins(points=(), extra=[("brings", Brings(admission))]).plugins.collect("kubernel_register_admission", chain=chain)
    with running(tmp_path, pki, admission=[item for _, item in chain]) as world:
        api = world.admin
        replies = []
        writer = threading.Thread(target=lambda: replies.append(api.post(CONFIGS, {"metadata": {"name": "a"}})))
        writer.start()
        eventually(lambda: admission.threads)
        assert api.get(CONFIGS).json()["items"] == []
        assert api.post("/api/v1/namespaces/default/secrets", {"metadata": {"name": "s"}}).status == 201
        admission.may_go.set()
        writer.join()
        assert replies[0].status == 201
        assert replies[0].warnings == ['299 - "it took a while"']
        assert api.get(f"{CONFIGS}/a").status == 200
        assert admission.threads[0] != "kubernel-api"
        refused = api.post(CONFIGS, {"metadata": {"name": "bad"}})
        assert (refused.status, refused.message) == (403, 'configs "bad" is forbidden: no')


def test_an_error_of_a_late_commit_is_a_status(own: World) -> None:
    api = own.admin
    own.store.fail_next(StoreUnavailableError("the disk is full"))
    reply = api.post(CONFIGS, {"metadata": {"name": "a"}})
    assert (reply.status, reply.reason) == (503, "ServiceUnavailable")
    assert "the disk is full" in reply.message
    assert api.get(f"{CONFIGS}/a").status == 404


def test_a_store_elsewhere_serves_reads_after_writes(tmp_path: Path, pki: Pki) -> None:
    with running(tmp_path, pki, store=MemoryStore(embedded=False)) as world:
        api = world.admin
        for number in range(5):
            assert api.post(CONFIGS, {"metadata": {"name": f"n{number}"}}).status == 201
            assert len(api.get(CONFIGS).json()["items"]) == number + 1
        with api.watch(f"{CONFIGS}?watch=true") as watch:
            assert len(watch.take(5)) == 5
            api.delete(f"{CONFIGS}/n0")
            assert watch.take(1) == [("DELETED", "n0")]


class Broken:
    """Admission with a bug."""

    name, blocking = "broken", False

    def handles(self, resource: ResourceDefinition, verb: Verb) -> bool:
        return resource.kind == "Config"

    def mutate(self, request: AdmissionRequest) -> list[str]:
        raise ZeroDivisionError("a bug")

    def validate(self, request: AdmissionRequest) -> list[str]:
        return []


def test_a_bug_is_an_internal_error_and_the_server_goes_on(tmp_path: Path, pki: Pki, caplog: pytest.LogCaptureFixture) -> None:
    with running(tmp_path, pki, admission=(Broken(),)) as world:
        reply = world.admin.post(CONFIGS, {"metadata": {"name": "a"}})
        assert (reply.status, reply.reason) == (500, "InternalError")
        assert reply.message == "Internal error occurred: a bug"
        assert world.admin.get(CONFIGS).status == 200
    assert "a request failed" in caplog.text
