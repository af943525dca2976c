"""What clients find out before they ask: discovery in both forms, version, OpenAPI, health, metrics."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api_world import Api, World, running
from kubernel.api.pki import Pki
from kubernel.errors import StoreUnavailableError

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def test_the_core_group_names_its_versions(world: World, api: Api) -> None:
    found = api.get("/api").json()
    assert (found["kind"], found["versions"]) == ("APIVersions", ["v1"])
    assert found["serverAddressByClientCIDRs"][0]["serverAddress"] == f"127.0.0.1:{world.server.port}"


def test_groups_name_their_versions_and_the_preferred_one(api: Api) -> None:
    found = api.get("/apis").json()
    assert found["kind"] == "APIGroupList"
    groups = {group["name"]: group for group in found["groups"]}
    assert groups["test.io"]["preferredVersion"] == {"groupVersion": "test.io/v1", "version": "v1"}
    assert "authorization.k8s.io" in groups
    one = api.get("/apis/test.io").json()
    assert one == {"kind": "APIGroup", "apiVersion": "v1", **groups["test.io"]}


def test_a_version_lists_its_resources_and_their_subresources(api: Api) -> None:
    found = api.get("/api/v1").json()
    assert (found["kind"], found["groupVersion"]) == ("APIResourceList", "v1")
    rows = {row["name"]: row for row in found["resources"]}
    assert rows["pods"]["shortNames"] == ["po"]
    assert rows["pods"]["categories"] == ["all"]
    assert rows["pods/log"] == {"name": "pods/log", "singularName": "", "namespaced": True, "kind": "Pod", "verbs": ["get"]}
    assert rows["bindings"]["verbs"] == ["create"]
    assert rows["namespaces"]["namespaced"] is False
    assert "namespaces/finalize" in rows


def test_a_scale_names_its_own_group(api: Api) -> None:
    rows = {row["name"]: row for row in api.get("/apis/test.io/v1").json()["resources"]}
    scale = rows["widgets/scale"]
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")


def test_the_aggregated_form_holds_everything_at_once(api: Api) -> None:
    reply = api.get("/apis", Accept=f"{AGGREGATED},application/json")
    assert reply.headers["content-type"] == AGGREGATED
    found = reply.json()
    assert (found["kind"], found["apiVersion"]) == ("APIGroupDiscoveryList", "apidiscovery.k8s.io/v2")
    groups = {item["metadata"]["name"]: item for item in found["items"]}
    version = groups["test.io"]["versions"][0]
    assert version["freshness"] == "Current"
    widgets = next(row for row in version["resources"] if row["resource"] == "widgets")
    assert widgets["responseKind"] == {"group": "test.io", "version": "v1", "kind": "Widget"}
    assert {sub["subresource"] for sub in widgets["subresources"]} == {"binding", "scale", "status"}


def test_the_aggregated_core_group_has_no_name(api: Api) -> None:
    (core,) = api.get("/api", Accept=AGGREGATED).json()["items"]
    assert "name" not in core["metadata"]
    assert {row["resource"] for row in core["versions"][0]["resources"]} >= {"pods", "bindings"}


def test_an_older_aggregated_form_gives_way_to_the_plain_one(api: Api) -> None:
    accept = AGGREGATED.replace("v=v2", "v=v2beta1")
    assert api.get("/apis", Accept=f"{accept},application/json").json()["kind"] == "APIGroupList"
    assert api.get("/apis", Accept=accept).status == 406


@pytest.mark.parametrize("path", ["/apis", "/openapi/v2", "/api/v1"])
def test_documents_are_not_sent_twice(api: Api, path: str) -> None:
    etag = api.get(path).headers["etag"]
    again = api.get(path, If_None_Match=etag)
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("path", ["/apis/nothing.io", "/apis/test.io/v9", "/api/v9", "/openapi/v3/apis/nothing.io/v1"])
def test_what_is_not_there_is_not_found(api: Api, path: str) -> None:
    assert api.get(path).status == 404


def test_every_resource_of_discovery_answers(api: Api) -> None:
    for row in api.get("/api/v1").json()["resources"]:
        if "list" in row["verbs"]:
            assert api.get(f"/api/v1/{row['name']}").status == 200, row


def test_the_index_names_paths(api: Api) -> None:
    paths = api.get("/").json()["paths"]
    assert {"/api", "/api/v1", "/apis", "/apis/test.io/v1", "/healthz", "/metrics", "/openapi/v3", "/version"} <= set(paths)


def test_the_version_looks_like_kubernetes(api: Api) -> None:
    version = api.get("/version").json()
    assert (version["major"], version["minor"]) == ("1", "32")
    assert version["gitVersion"].startswith("v1.32.0+kubernel-")


def test_openapi_is_there_in_both_versions(api: Api) -> None:
    assert api.get("/openapi/v2").json()["swagger"] == "2.0"
    index = api.get("/openapi/v3").json()["paths"]
    assert "api/v1" in index
    url = index["apis/test.io/v1"]["serverRelativeURL"]
    document = api.get(url).json()
    assert document["openapi"].startswith("3.0")


def test_openapi_as_protobuf_is_not_acceptable(api: Api) -> None:
    accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
    assert api.get("/openapi/v2", Accept=accept).status == 406


@pytest.mark.parametrize("endpoint", ["healthz", "livez", "readyz"])
def test_health_is_one_word_or_many_lines(api: Api, endpoint: str) -> None:
    plain = api.get(f"/{endpoint}")
    assert (plain.status, plain.body) == (200, b"ok")
    verbose = api.get(f"/{endpoint}?verbose").body.decode()
    assert "[+]ping ok\n" in verbose
    assert verbose.endswith(f"{endpoint} check passed\n")
    assert api.get(f"/{endpoint}/ping").body == b"ok"
    assert api.get(f"/{endpoint}/nothing").status == 404
    assert "[+]ping excluded: ok" in api.get(f"/{endpoint}?verbose&exclude=ping").body.decode()
    assert "no matches for 'other'" in api.get(f"/{endpoint}?verbose&exclude=other").body.decode()


@pytest.fixture
def fragile(tmp_path: Path, pki: Pki) -> Iterator[World]:
    with running(tmp_path, pki) as world:
        yield world


def test_metrics_count_answers(fragile: World) -> None:
    fragile.admin.get("/api/v1/namespaces/default")
    fragile.admin.get("/api/v1/nothings")
    reply = fragile.admin.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = reply.body.decode()
    line = (
        'apiserver_request_total{code="200",group="",resource="namespaces",scope="resource",subresource="",verb="get",'
        'version="v1"} 1.0'
    )
    assert line in text
    assert "nothings" not in text
    assert "apiserver_request_duration_seconds_bucket" in text
    assert "kubernel_store_revision" in text
    assert "process_resident_memory_bytes" in text


def test_a_store_that_is_away_shows_in_health_and_answers_503(fragile: World) -> None:
    fragile.store.fail_next(StoreUnavailableError("gone"))
    reply = fragile.admin.post("/api/v1/namespaces", {"metadata": {"name": "x"}})
    assert (reply.status, reply.reason) == (503, "ServiceUnavailable")
    assert reply.headers["retry-after"] == "1"
