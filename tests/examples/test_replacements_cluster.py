"""A whole cluster of replacements: the store in a dict, pods dealt out in turn, pods that pretend, services on paper, backups."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from example_plugins import EXAMPLES, example
from kubernel.assembly.cluster import Cluster
from kubernel.assembly.settings import Settings, load_sections
from kubernel.errors import ConfigurationError, InvalidError
from kubernel.hooks import hookimpl
from kubernel.ports.client import Client
from kubernel.ports.proxy import Proxy
from kubernel.types.json import Object
from kubernel.types.references import ResourceType
from kubernel.types.well_known import CONFIG_MAPS, DEPLOYMENTS, PODS, SERVICES
from tools import require
from waiting import eventually

BACKUPS = ResourceType("example.com", "v1", "backups")


class ProxyAtHand:
    """Opens the example's proxy under another name, and keeps it where the test can look."""

    def __init__(self) -> None:
        self.proxy = example("replacements", "kubernel_replacements.proxy").RecordedProxy()

    @hookimpl
    def kubernel_open_proxy(self, name: str) -> Proxy | None:
        return self.proxy if name == "at-hand" else None


@pytest.fixture(scope="module")
def at_hand() -> ProxyAtHand:
    return ProxyAtHand()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, at_hand: ProxyAtHand) -> Iterator[Cluster]:
    sections = load_sections(EXAMPLES / "replacements/config.yaml")
    settings = Settings(
        name="replaced",
        data_directory=tmp_path_factory.mktemp("replaced"),
        port=0,
        store=str(sections["server"]["store"]),
        scheduler=str(sections["scheduler"]["name"]),
        runtime=str(sections["runtime"]["name"]),
        proxy="at-hand",
        nodes=2,
        sections=sections,
    )
    plugins = [("replacements", example("replacements", "kubernel_replacements")), ("at-hand", at_hand)]
    cluster = Cluster(settings, plugins=plugins)
    cluster.start()
    try:
        assert cluster.wait_ready(30)
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def client(cluster: Cluster) -> Client:
    return cluster.client


def deployment(name: str, image: str, replicas: int) -> Object:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", "image": image}]}}
    return {
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template},
    }


def test_pods_pretend_to_run_on_the_nodes_in_turn_and_services_know_them(client: Client, at_hand: ProxyAtHand) -> None:
    client.create(DEPLOYMENTS, deployment("web", "nginx", 4), "default")
    service = {"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}
    client.create(SERVICES, service, "default")
    eventually(lambda: (client.get(DEPLOYMENTS, "web", "default").get("status") or {}).get("availableReplicas") == 4)
    pods = client.list(PODS, "default", label_selector="app=web").items
    assert sorted(pod["spec"]["nodeName"] for pod in pods) == ["node-1", "node-1", "node-2", "node-2"]
    addresses = {pod["status"]["podIP"] for pod in pods}

    def backends() -> set[str]:
        rules = at_hand.proxy.rules.values()
        return {backend.address for rule in rules if rule.name == "web" for backend in rule.backends if backend.ready}

    eventually(lambda: backends() == addresses)


def test_an_image_that_is_missing_by_configuration_is_told_in_the_pod_status(client: Client) -> None:
    container = {"name": "main", "image": "nobody/has-this:1"}
    client.create(PODS, {"metadata": {"name": "unlucky"}, "spec": {"containers": [container]}}, "default")

    def waiting() -> str:
        statuses = (client.get(PODS, "unlucky", "default").get("status") or {}).get("containerStatuses") or [{}]
        return str(((statuses[0].get("state") or {}).get("waiting") or {}).get("reason"))

    eventually(lambda: waiting() in ("ErrImagePull", "ImagePullBackOff"))
    client.delete(PODS, "unlucky", "default")


@pytest.fixture
def backup(client: Client) -> Object:
    client.create(CONFIG_MAPS, {"metadata": {"name": "settings"}, "data": {"colour": "0"}}, "default")
    return client.create(BACKUPS, {"metadata": {"name": "kept"}, "spec": {"configMap": "settings", "keep": 2}}, "default")


def test_a_backup_keeps_the_newest_copies_and_takes_them_along(client: Client, backup: Object) -> None:
    def newest(name: str) -> None:
        eventually(lambda: (client.get(BACKUPS, "kept", "default").get("status") or {}).get("newest") == name)

    newest("kept-1")
    for number in (1, 2):
        client.patch(CONFIG_MAPS, "settings", {"data": {"colour": str(number)}}, "default")
        newest(f"kept-{number + 1}")

    def copies() -> dict[str, str]:
        found = client.list(CONFIG_MAPS, "default").items
        return {obj["metadata"]["name"]: obj["data"]["colour"] for obj in found if obj["metadata"]["name"].startswith("kept-")}

    eventually(lambda: copies() == {"kept-2": "1", "kept-3": "2"})
    assert [item["metadata"]["name"] for item in client.list(BACKUPS, field_selector="spec.configMap=settings").items] == ["kept"]
    assert client.list(BACKUPS, field_selector="spec.configMap=other").items == []
    client.delete(BACKUPS, "kept", "default")
    eventually(lambda: copies() == {})


@pytest.mark.parametrize(
    ("spec", "field"),
    [({}, "spec.configMap"), ({"configMap": "No Name"}, "spec.configMap"), ({"configMap": "a", "keep": -1}, "spec.keep")],
)
def test_a_wrong_backup_is_refused_with_its_cause(client: Client, spec: Object, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        client.create(BACKUPS, {"metadata": {"name": "wrong"}, "spec": spec}, "default")
    assert [cause.field for cause in refused.value.causes] == [field]


def test_a_backup_has_defaults_and_stays_with_its_config_map(client: Client) -> None:
    created = client.create(BACKUPS, {"metadata": {"name": "faithful"}, "spec": {"configMap": "a"}}, "default")
    assert created["spec"]["keep"] == 3
    with pytest.raises(InvalidError, match="cannot be changed; make another backup"):
        client.patch(BACKUPS, "faithful", {"spec": {"configMap": "b"}}, "default")
    client.delete(BACKUPS, "faithful", "default")


def test_kubectl_knows_the_kind_by_its_short_name_its_columns_and_its_fields(cluster: Cluster, client: Client) -> None:
    client.create(BACKUPS, {"metadata": {"name": "shown"}, "spec": {"configMap": "a"}}, "default")

    def kubectl(*arguments: str) -> str:
        command = [require("kubectl"), "--kubeconfig", str(cluster.kubeconfig), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    header, row = kubectl("get", "bk", "shown", "-o", "wide").splitlines()
    assert header.split() == ["NAME", "CONFIGMAP", "COPIES", "KEEP", "AGE"]
    assert row.split()[:4] == ["shown", "a", "0", "3"]
    assert "name of the ConfigMap in the same namespace" in kubectl("explain", "backups.spec.configMap")
    kubectl("delete", "backup", "shown")


def test_plugins_that_are_not_installed_cannot_go_to_another_process(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="only where everything runs in one process"):
        Cluster(Settings(name="x", data_directory=tmp_path), separate=True, plugins=[("at-hand", ProxyAtHand())])
