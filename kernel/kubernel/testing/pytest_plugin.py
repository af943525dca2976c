"""The pytest plugin that comes with kubernel: a whole cluster as a fixture, in the test's own process.

Nothing is imported until a test asks for the fixture, so that having kubernel installed costs other test suites nothing.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kubernel.assembly.cluster import Cluster


@pytest.fixture(scope="session")
def kubernel_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Cluster"]:
    """A running cluster with one node and an in-memory store, shared by the session.

    `cluster.client` is a `kubernel.ports.client.Client`; `cluster.kubeconfig` is the path of a kubeconfig for kubectl and the
    official clients. Keep tests apart by namespaces.
    """
    from kubernel.assembly.cluster import Cluster
    from kubernel.assembly.settings import Settings

    directory = tmp_path_factory.mktemp("kubernel")
    cluster = Cluster(Settings(name=directory.name, data_directory=directory, store="sqlite://"))
    cluster.start()
    try:
        cluster.wait_ready(30)
        yield cluster
    finally:
        cluster.stop()
