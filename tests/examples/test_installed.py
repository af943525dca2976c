"""The example plugins as a user has them: installed, configured by a file, at work in a cluster of two processes."""

import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api_world import Api
from clusters import Cluster, running_cluster
from installed_examples import install
from kubernel.client.http import HttpClient
from kubernel.client.kubeconfig import load_kubeconfig
from kubernel.errors import InvalidError
from kubernel.types.json import Object
from kubernel.types.well_known import CONFIG_MAPS, DEPLOYMENTS, NAMESPACES
from waiting import eventually

CONFIGURATION = "controllers:\n  motd:\n    text: read the manual\n"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with the examples of the how-to and of the doorkeeper."""
    directory = tmp_path_factory.mktemp("installed")
    config = directory / "config.yaml"
    config.write_text(CONFIGURATION)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", install(directory / "site", "plugin", "doorkeeper"))
        with running_cluster(directory, "--config", str(config)) as cluster:
            yield cluster


@pytest.fixture
def client(cluster: Cluster) -> Iterator[HttpClient]:
    client = HttpClient(load_kubeconfig(cluster.kubeconfig))
    yield client
    client.close()


@pytest.fixture
def visitor(cluster: Cluster) -> Api:
    """Who comes with the doorkeeper's token."""
    config = load_kubeconfig(cluster.kubeconfig)
    host, _, port = config.server.removeprefix("https://").rpartition(":")
    context = ssl.create_default_context(cadata=config.ca_data.decode())
    return Api(host, int(port), context, token="just-looking")


def deployment(**labels: str) -> Object:
    pods = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": "web"}}, "template": pods}
    return {"metadata": {"name": "web", "labels": labels}, "spec": spec}


def test_plugins_lists_them_with_their_hooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", install(tmp_path, "plugin", "doorkeeper", "replacements"))
    done = subprocess.run([sys.executable, "-m", "kubernel", "plugins"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert rows["motd"] == ["1.0", "active", "register_controllers"]
    assert rows["doorkeeper"] == ["1.0", "active", "register_admission,register_auth"]
    opened = "open_proxy,open_runtime,open_scheduler,open_store"
    assert rows["replacements"] == ["1.0", "active", f"{opened},register_controllers,register_resources"]


def test_a_controller_takes_its_options_from_the_file_and_serves_new_namespaces_too(client: HttpClient) -> None:
    """By `kubernel_register_controllers`."""
    client.create(NAMESPACES, {"metadata": {"name": "later"}})

    def texts() -> set[str]:
        found = client.list(CONFIG_MAPS, field_selector="metadata.name=motd").items
        assert {"default", "kube-system", "later"} <= {obj["metadata"]["namespace"] for obj in found}
        return {obj["data"]["text"] for obj in found}

    assert eventually(texts) == {"read the manual"}


def test_who_is_recognised_may_do_what_the_authorizer_allows(visitor: Api) -> None:
    """By `kubernel_register_auth`."""
    assert visitor.get("/api/v1/pods").status == 200
    assert visitor.get("/apis/apps/v1/namespaces/default/deployments").status == 200
    refused = visitor.post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "graffiti"}})
    assert (refused.status, refused.reason) == (403, "Forbidden")
    assert 'User "visitor" cannot create resource "configmaps"' in refused.message
    assert visitor.get("/api/v1/namespaces/default/secrets").status == 403
    assert visitor.call("DELETE", "/api/v1/namespaces/default/configmaps/motd").status == 403


def test_who_is_not_recognised_stays_outside(visitor: Api) -> None:
    visitor.token = "let-me-in"
    assert visitor.get("/api/v1/pods").status == 401


def test_what_breaks_the_house_rules_is_refused_with_its_cause(client: HttpClient) -> None:
    """By `kubernel_register_admission`."""
    with pytest.raises(InvalidError) as refused:
        client.create(DEPLOYMENTS, deployment(), "default")
    assert refused.value.code == 422
    assert [(cause.reason, cause.field) for cause in refused.value.causes] == [("FieldValueRequired", "metadata.labels[team]")]
    client.create(DEPLOYMENTS, deployment(team="web"), "default")
    with pytest.raises(InvalidError, match="name the team"):
        client.patch(DEPLOYMENTS, "web", {"metadata": {"labels": {"team": None}}}, "default")
    client.patch(DEPLOYMENTS, "web", {"spec": {"paused": True}}, "default")
    client.delete(DEPLOYMENTS, "web", "default")
