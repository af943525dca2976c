"""One cluster per test process, one namespace per test."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from clusters import Cluster, Kubectl, running_cluster
from tools import require


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    require("kubectl")
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def kubectl(cluster: Cluster) -> Iterator[Kubectl]:
    namespace = f"test-{uuid4().hex[:8]}"
    outside = Kubectl(cluster)
    outside("create", "namespace", namespace)
    yield Kubectl(cluster, namespace)
    outside("delete", "namespace", namespace, "--wait=false")
