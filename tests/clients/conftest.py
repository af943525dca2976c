"""A running cluster for client libraries, and the official Python client on it."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from clusters import Cluster, running_cluster

kubernetes: Any = pytest.importorskip("kubernetes")


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("clients")) as cluster:
        yield cluster


@pytest.fixture
def api(cluster: Cluster) -> Iterator[Any]:
    """An `ApiClient` as the administrator, by the kubeconfig that `up` wrote."""
    with kubernetes.config.new_client_from_config(str(cluster.kubeconfig)) as api:
        yield api


@pytest.fixture
def core(api: Any) -> Any:
    return kubernetes.client.CoreV1Api(api)


@pytest.fixture
def apps(api: Any) -> Any:
    return kubernetes.client.AppsV1Api(api)


@pytest.fixture
def namespace(core: Any) -> Iterator[str]:
    """A namespace of the test's own."""
    name = f"test-{uuid.uuid4().hex[:10]}"
    core.create_namespace({"metadata": {"name": name}})
    yield name
    core.delete_namespace(name)
