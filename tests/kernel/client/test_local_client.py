"""The client over the registry of the same process keeps the contract, and follows a store that comes and goes."""

from collections.abc import Iterator

import pytest

from kubernel.client.local import LocalClient
from kubernel.errors import ServiceUnavailableError, StoreUnavailableError
from kubernel.machinery.clock import SystemClock
from kubernel.objects import kinds
from kubernel.registry.registry import Registry
from kubernel.registry.table import ResourceTable
from kubernel.testing.contracts.client import ClientContract
from kubernel.testing.contracts.client_case import Told, config_map
from kubernel.testing.memory_store import MemoryStore
from kubernel.types.well_known import CONFIG_MAPS, NAMESPACES


def make(store: MemoryStore) -> tuple[LocalClient, Registry]:
    registry = Registry(store, ResourceTable(kinds()), clock=SystemClock(), options={"service_cidr": "127.96.0.0/16"})
    client = LocalClient(registry)
    client.create(NAMESPACES, {"kind": "Namespace", "metadata": {"name": "default"}})
    return client, registry


class TestLocalClient(ClientContract):
    @pytest.fixture(params=[True, False], ids=["embedded", "remote"])
    def client(self, request: pytest.FixtureRequest) -> Iterator[LocalClient]:
        store = MemoryStore(embedded=request.param)
        client, registry = make(store)
        yield client
        client.close()
        registry.close()
        store.close()


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    store = MemoryStore()
    yield store
    store.close()


@pytest.fixture
def client(store: MemoryStore) -> Iterator[LocalClient]:
    client, registry = make(store)
    yield client
    client.close()
    registry.close()


def test_after_the_store_lost_its_watches_informers_tell_what_changed_meanwhile(store: MemoryStore, client: LocalClient) -> None:
    told = Told()
    client.create(CONFIG_MAPS, config_map("stays"))
    client.informer(CONFIG_MAPS).add_handler(told)
    told.wait(("added", "stays"))
    store.drop_watches(StoreUnavailableError("the connection broke"))
    told.events.clear()

    def created() -> bool:
        try:
            client.create(CONFIG_MAPS, config_map("new"))
        except ServiceUnavailableError:
            return False
        return True

    while not created():
        told.wait()
    told.wait(("added", "new"))
    client.delete(CONFIG_MAPS, "stays", "default")
    told.wait(("deleted", "stays"))
    assert told.events == [("added", "new"), ("deleted", "stays")]


def test_a_closed_client_gives_no_informers_and_closes_twice(client: LocalClient) -> None:
    client.close()
    client.close()
    with pytest.raises(ServiceUnavailableError, match="the client is closed"):
        client.informer(CONFIG_MAPS)
