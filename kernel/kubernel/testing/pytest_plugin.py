"""The pytest plugin that comes with kubernel: a whole cluster as a fixture, in the test's own process.

A session has one cluster, made when the first test asks for it; with pytest-xdist each worker has its own, at addresses of its
own. Nothing is imported until then, so that having kubernel installed costs other test suites nothing. What the cluster is made
of is said by overriding `kubernel_plugins` and `kubernel_settings` in a conftest. Its end takes pods, threads and files along.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kubernel.assembly.cluster import Cluster

PATIENCE = 30.0
"""Seconds until the nodes must be Ready."""


@pytest.fixture(scope="session")
def kubernel_plugins() -> Sequence[tuple[str, object]]:
    """Plugins that are not installed, as (name, module or object); override it to bring yours."""
    return ()


@pytest.fixture(scope="session")
def kubernel_settings() -> Mapping[str, Any]:
    """Fields of `kubernel.assembly.settings.Settings` to choose otherwise (`nodes`, `runtime`, `store` ...); override it."""
    return {}


@pytest.fixture(scope="session")
def kubernel_cluster(kubernel_plugins: Sequence[tuple[str, object]], kubernel_settings: Mapping[str, Any]) -> Iterator["Cluster"]:
    """A running cluster with one Ready node and a store in memory, shared by the session.

    `cluster.client` is a `kubernel.ports.client.Client`; `cluster.kubeconfig` is the path of a kubeconfig for kubectl and the
    official clients. Keep tests apart by `kubernel_namespace`.
    """
    import tempfile

    from kubernel.assembly.cluster import Cluster
    from kubernel.assembly.settings import Settings

    with tempfile.TemporaryDirectory(prefix="kubernel-") as directory:
        chosen = {"name": "test", "data_directory": Path(directory), "port": 0, "store": "sqlite://", **kubernel_settings}
        cluster = Cluster(Settings(**chosen), plugins=kubernel_plugins)
        cluster.start()
        try:
            if not cluster.wait_ready(PATIENCE):
                pytest.fail(f"the cluster's nodes were not Ready within {PATIENCE:g} s")
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture(scope="session")
def kubernel_kubeconfig(kubernel_cluster: "Cluster") -> Path:
    """The path of the administrator's kubeconfig, for kubectl and every client library."""
    return kubernel_cluster.kubeconfig


@pytest.fixture
def kubernel_namespace(kubernel_cluster: "Cluster") -> Iterator[str]:
    """The name of a new namespace, for one test alone; it is deleted afterwards, with everything in it."""
    from kubernel.errors import NotFoundError
    from kubernel.types.well_known import NAMESPACES

    name = f"test-{uuid.uuid4().hex[:12]}"
    kubernel_cluster.client.create(NAMESPACES, {"metadata": {"name": name}})
    yield name
    with suppress(NotFoundError):  # the test has deleted it
        kubernel_cluster.client.delete(NAMESPACES, name)
