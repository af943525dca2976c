"""The official Python client: create, list, watch, patch, delete, unmodified."""

from collections.abc import Iterator
from typing import Any

import pytest

from api_world import World

kubernetes: Any = pytest.importorskip("kubernetes")


@pytest.fixture
def core(world: World) -> Iterator[Any]:
    configuration = kubernetes.client.Configuration()
    configuration.host = world.server.url
    configuration.ssl_ca_cert = str(world.pki.ca_path)
    admin = world.pki.admin()
    configuration.cert_file, configuration.key_file = str(admin.certificate_path), str(admin.key_path)
    with kubernetes.client.ApiClient(configuration) as client:
        yield kubernetes.client.CoreV1Api(client)


def test_create_list_watch_patch_delete(core: Any, namespace: str) -> None:
    client = kubernetes.client
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="a", labels={"x": "y"}), data={"k": "v"})
    created = core.create_namespaced_config_map(namespace, body)
    assert created.data == {"k": "v"}
    found = core.list_namespaced_config_map(namespace, label_selector="x=y")
    assert [item.metadata.name for item in found.items] == ["a"]
    patched = core.patch_namespaced_config_map("a", namespace, {"data": {"k": "w"}})
    assert patched.data == {"k": "w"}
    gone = core.delete_namespaced_config_map("a", namespace)
    assert (gone["status"] if isinstance(gone, dict) else gone.status) == "Success"
    watch = kubernetes.watch.Watch()
    version = found.metadata.resource_version
    seen = []
    for event in watch.stream(core.list_namespaced_config_map, namespace, resource_version=version, timeout_seconds=10):
        seen.append((event["type"], event["object"].data))
        if event["type"] == "DELETED":
            watch.stop()
    assert seen == [("MODIFIED", {"k": "w"}), ("DELETED", {"k": "w"})]


def test_errors_carry_the_status(core: Any, namespace: str) -> None:
    with pytest.raises(kubernetes.client.ApiException) as raised:
        core.read_namespaced_config_map("nope", namespace)
    assert raised.value.status == 404
    assert '"reason":"NotFound"' in raised.value.body


def test_pods_and_their_logs(core: Any, namespace: str) -> None:
    client = kubernetes.client
    spec = client.V1PodSpec(containers=[client.V1Container(name="c", image="busybox")])
    core.create_namespaced_pod(namespace, client.V1Pod(metadata=client.V1ObjectMeta(name="p"), spec=spec))
    assert core.read_namespaced_pod("p", namespace).status.phase == "Pending"
    assert core.read_namespaced_pod_log("p", namespace) == ""
    gone = core.delete_collection_namespaced_pod(namespace)
    assert gone is not None
