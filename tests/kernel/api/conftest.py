"""One CA for all tests, one server for each module."""

from collections.abc import Iterator

import pytest

from api_world import Api, World, running
from kubernel.api.pki import Pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("server"), pki) as world:
        yield world


@pytest.fixture
def api(world: World) -> Api:
    return world.admin


@pytest.fixture
def namespace(world: World, request: pytest.FixtureRequest) -> str:
    """A namespace of the test's own."""
    reply = world.admin.post("/api/v1/namespaces", {"metadata": {"generateName": "test-"}})
    assert reply.status == 201, reply.body
    return str(reply.json()["metadata"]["name"])
