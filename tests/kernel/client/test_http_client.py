"""The client over HTTP keeps the contract against a real server with TLS, and outlives the server's absence."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from api_world import World, running
from kubernel.api.options import ServerOptions
from kubernel.api.pki import Pki
from kubernel.api.server import ApiServer
from kubernel.client.http import HttpClient
from kubernel.client.kubeconfig import ClientConfig
from kubernel.client.local import LocalClient
from kubernel.errors import ConfigurationError, ForbiddenError, ServiceUnavailableError, UnauthorizedError
from kubernel.machinery.clock import SystemClock
from kubernel.objects import kinds
from kubernel.registry.registry import Registry
from kubernel.registry.table import ResourceTable
from kubernel.testing.contracts.client import ClientContract
from kubernel.testing.contracts.client_case import Told, config_map
from kubernel.testing.memory_store import MemoryStore
from kubernel.types.well_known import CONFIG_MAPS
from waiting import eventually


def admin(pki: Pki, server: ApiServer) -> ClientConfig:
    pair = pki.admin()
    return ClientConfig(
        server.url,
        ca_data=pki.ca().certificate,
        client_certificate_data=pair.certificate,
        client_key_data=pair.key,
    )


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("server"), pki) as world:
        yield world


@pytest.fixture(scope="module")
def shared(world: World) -> Iterator[HttpClient]:
    client = HttpClient(admin(world.pki, world.server))
    yield client
    client.close()


class TestHttpClient(ClientContract):
    @pytest.fixture
    def client(self, shared: HttpClient) -> HttpClient:
        return shared


def test_any_path_can_be_read_in_pieces(shared: HttpClient) -> None:
    assert b"gitVersion" in b"".join(shared.raw("GET", "/version"))
    query = {"watch": "1", "timeoutSeconds": "1"}
    assert b"".join(shared.raw("GET", "/api/v1/namespaces", query=query)).count(b"ADDED") >= 4


def test_a_token_is_a_credential_too(world: World) -> None:
    config = ClientConfig(world.server.url, ca_data=world.pki.ca().certificate, token="masters-token")
    client = HttpClient(config)
    assert client.list(CONFIG_MAPS, "default").resource_version
    client.close()


def test_refusals_are_the_errors_that_they_are(world: World) -> None:
    base = ClientConfig(world.server.url, ca_data=world.pki.ca().certificate)
    for config, error in (
        (replace(base, token="wrong"), UnauthorizedError),
        (replace(base, token="nobody-token"), ForbiddenError),
    ):
        client = HttpClient(config)
        with pytest.raises(error):
            client.list(CONFIG_MAPS, "default")
        client.close()


def test_a_server_of_another_authority_is_not_trusted(world: World, tmp_path: Path) -> None:
    other = Pki(tmp_path)
    client = HttpClient(ClientConfig(world.server.url, ca_data=other.ca().certificate, token="masters-token"))
    with pytest.raises(ServiceUnavailableError, match="cannot be reached"):
        client.list(CONFIG_MAPS)
    client.close()


def test_damaged_certificates_are_a_configuration_error(world: World) -> None:
    good = admin(world.pki, world.server)
    for damaged in (
        replace(good, ca_data=b"nonsense"),
        replace(good, client_key_data=b"nonsense"),
        replace(good, ca_data=b"\xff"),
    ):
        with pytest.raises(ConfigurationError, match="cannot be used"):
            HttpClient(damaged)


def test_no_key_is_left_in_a_file(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    HttpClient(admin(world.pki, world.server)).close()
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_away_is_told_as_such(world: World) -> None:
    client = HttpClient(replace(admin(world.pki, world.server), server="https://127.0.0.1:9"))
    with pytest.raises(ServiceUnavailableError, match="cannot be reached"):
        client.list(CONFIG_MAPS)
    informer = client.informer(CONFIG_MAPS)
    assert not informer.wait_synced(0.1)
    client.close()


def serving(registry: Registry, pki: Pki, port: int = 0) -> ApiServer:
    server = ApiServer(registry, SystemClock(), ServerOptions(pki=pki, port=port))
    server.start()
    return server


@pytest.mark.parametrize("window", [10_000, 3], ids=["resumed", "listed anew"])
def test_an_informer_catches_up_after_the_server_was_away(tmp_path: Path, pki: Pki, window: int) -> None:
    """With a short window the server has forgotten what happened meanwhile, and the informer lists again."""
    settings = {"watch_window": window, "service_cidr": "127.96.0.0/16"}
    store = MemoryStore()
    registry = Registry(store, ResourceTable(kinds()), clock=SystemClock(), options=settings)
    with contextlib.ExitStack() as stack:
        stack.callback(store.close)
        stack.callback(registry.close)
        server = serving(registry, pki)
        client, local, told = HttpClient(admin(pki, server)), LocalClient(registry), Told()
        stack.callback(local.close)
        stack.callback(client.close)
        for name in ("stays", "changes", "goes"):
            client.create(CONFIG_MAPS, config_map(name))
        informer = client.informer(CONFIG_MAPS, "default")
        informer.add_handler(told)
        told.wait(("added", "changes"), ("added", "goes"), ("added", "stays"))
        server.stop()
        told.events.clear()
        local.create(CONFIG_MAPS, config_map("comes"))
        local.delete(CONFIG_MAPS, "goes", "default")
        for number in range(10):
            local.patch(CONFIG_MAPS, "changes", {"data": {"n": str(number)}}, "default")
        stack.callback(serving(registry, pki, server.port).stop)
        wanted = {("added", "comes"), ("changed", "changes"), ("deleted", "goes")}
        eventually(lambda: wanted <= set(told.events), what="the informer's news")
        eventually(lambda: (informer.get("default/changes") or {}).get("data") == {"n": "9"}, what="the last change")
        assert ("added", "stays") not in told.events
        # Resumed, every change is told; listed anew, only what came of them.
        assert told.events.count(("changed", "changes")) == (10 if window > 10 else 1)
        client.create(CONFIG_MAPS, config_map("later"))
        told.wait(("added", "later"))
