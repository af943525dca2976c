"""The operator against a real cluster: its API, its controllers, its pods."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import websites
from kubernetes import client, config


@pytest.fixture
def api(kubernel_kubeconfig: Path) -> Iterator[client.ApiClient]:
    with config.new_client_from_config(str(kubernel_kubeconfig)) as api:
        yield api


@pytest.fixture
def operator(api: client.ApiClient, kubernel_namespace: str) -> Iterator[None]:
    """The operator, at work in the test's namespace."""
    stop = threading.Event()
    thread = threading.Thread(target=websites.run, args=(api, kubernel_namespace, stop))
    thread.start()
    yield
    stop.set()
    thread.join()


def eventually(probe: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not probe():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


@pytest.mark.usefixtures("operator")
def test_a_website_gets_as_many_web_servers_as_it_wants(api: client.ApiClient, kubernel_namespace: str) -> None:
    wanted = {"metadata": {"name": "blog", "labels": {"website": "yes"}}, "data": {"replicas": "2"}}
    client.CoreV1Api(api).create_namespaced_config_map(kubernel_namespace, wanted)

    def available() -> bool:
        found = client.AppsV1Api(api).list_namespaced_deployment(kubernel_namespace).items
        return [(item.metadata.name, item.status.available_replicas) for item in found] == [("blog", 2)]

    eventually(available)


@pytest.mark.usefixtures("operator")
def test_its_web_servers_go_with_it(api: client.ApiClient, kubernel_namespace: str) -> None:
    core, apps = client.CoreV1Api(api), client.AppsV1Api(api)
    core.create_namespaced_config_map(kubernel_namespace, {"metadata": {"name": "blog", "labels": {"website": "yes"}}})
    eventually(lambda: apps.list_namespaced_deployment(kubernel_namespace).items)
    core.delete_namespaced_config_map("blog", kubernel_namespace)
    eventually(lambda: not apps.list_namespaced_deployment(kubernel_namespace).items)
