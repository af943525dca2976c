"""Reading: objects and lists, and every form that a client may ask for."""

import gzip
import json

import pytest
import yaml

from api_world import Api, World
from kubernel.registry.flow import block
from kubernel.registry.requests import WriteOptions

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


@pytest.fixture
def configs(world: World, namespace: str) -> str:
    """The path of a collection of three."""
    for name in ("a", "b", "c"):
        world.config(name, namespace, letter=name)
    return f"/api/v1/namespaces/{namespace}/configs"


def test_an_object_is_answered_as_it_is_stored(api: Api, configs: str) -> None:
    reply = api.get(f"{configs}/a")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert list(reply.json())[:3] == ["kind", "apiVersion", "metadata"]
    assert reply.json()["data"] == {"letter": "a"}


def test_an_absent_object_is_not_found(api: Api, configs: str) -> None:
    reply = api.get(f"{configs}/nope")
    assert reply.status == 404
    assert reply.body == (
        b'{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configs \\"nope\\" not found",'
        b'"reason":"NotFound","details":{"name":"nope","kind":"configs"},"code":404}\n'
    )


def test_a_list_carries_its_kind_and_revision(api: Api, configs: str) -> None:
    found = api.get(configs).json()
    assert (found["kind"], found["apiVersion"]) == ("ConfigList", "v1")
    assert [item["metadata"]["name"] for item in found["items"]] == ["a", "b", "c"]
    assert int(found["metadata"]["resourceVersion"]) >= int(found["items"][2]["metadata"]["resourceVersion"])


def test_pages_continue_and_say_what_remains(api: Api, configs: str) -> None:
    first = api.get(f"{configs}?limit=2").json()
    assert first["metadata"]["remainingItemCount"] == 1
    second = api.get(f"{configs}?limit=2&continue={first['metadata']['continue']}").json()
    assert [item["metadata"]["name"] for item in second["items"]] == ["c"]
    assert "continue" not in second["metadata"]


def test_field_selectors_select(api: Api, configs: str) -> None:
    found = api.get(f"{configs}?fieldSelector=metadata.name%3Db").json()
    assert [item["metadata"]["name"] for item in found["items"]] == ["b"]


def test_a_table_has_the_columns_of_its_kind_and_rows_with_metadata(api: Api, configs: str) -> None:
    reply = api.get(configs, Accept=f"{TABLE},application/json")
    assert reply.headers["content-type"] == TABLE
    table = reply.json()
    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Created At"]
    assert [row["cells"][0] for row in table["rows"]] == ["a", "b", "c"]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"


@pytest.mark.parametrize(("include", "kind"), [("Object", "Config"), ("Metadata", "PartialObjectMetadata")])
def test_rows_hold_what_was_asked_for(api: Api, configs: str, include: str, kind: str) -> None:
    table = api.get(f"{configs}/a?includeObject={include}", Accept=TABLE).json()
    assert table["rows"][0]["object"]["kind"] == kind


def test_rows_may_hold_nothing(api: Api, configs: str) -> None:
    assert api.get(f"{configs}?includeObject=None", Accept=TABLE).json()["rows"][0]["object"] is None


def test_an_unknown_wish_for_rows_is_a_bad_request(api: Api, configs: str) -> None:
    assert api.get(f"{configs}?includeObject=Some", Accept=TABLE).status == 400


def test_metadata_alone(api: Api, configs: str) -> None:
    one = api.get(f"{configs}/a", Accept=PARTIAL).json()
    assert (one["kind"], one["metadata"]["name"]) == ("PartialObjectMetadata", "a")
    assert "data" not in one
    many = api.get(configs, Accept=PARTIAL_LIST).json()
    assert many["kind"] == "PartialObjectMetadataList"
    assert all("data" not in item for item in many["items"])


def test_yaml_is_written_where_it_is_asked_for(api: Api, configs: str) -> None:
    reply = api.get(f"{configs}/a", Accept="application/yaml")
    assert reply.headers["content-type"] == "application/yaml"
    assert yaml.safe_load(reply.body)["data"] == {"letter": "a"}


def test_pretty_json_has_lines(api: Api, configs: str) -> None:
    reply = api.get(f"{configs}/a?pretty=true")
    assert b"\n  " in reply.body
    assert reply.json()["data"] == {"letter": "a"}


def test_protobuf_gives_way_to_json(api: Api, configs: str) -> None:
    reply = api.get(f"{configs}/a", Accept="application/vnd.kubernetes.protobuf, application/json")
    assert reply.headers["content-type"] == "application/json"


def test_what_cannot_be_given_is_not_acceptable(api: Api, configs: str) -> None:
    reply = api.get(f"{configs}/a", Accept="application/vnd.kubernetes.protobuf")
    assert (reply.status, reply.reason) == (406, "NotAcceptable")


def test_a_large_answer_is_compressed_when_asked(world: World, api: Api, namespace: str) -> None:
    world.config("large", namespace, text="x" * 200_000)
    path = f"/api/v1/namespaces/{namespace}/configs/large"
    plain, packed = api.get(path), api.get(path, Accept_Encoding="gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < 10_000
    assert gzip.decompress(packed.body) == plain.body


def test_a_small_answer_is_not_compressed(api: Api, configs: str) -> None:
    assert "content-encoding" not in api.get(f"{configs}/a", Accept_Encoding="gzip").headers


def test_long_tables_are_made_off_the_loop(world: World, api: Api, namespace: str) -> None:
    definition = world.registry.table.find("", "v1", "configs")
    for number in range(1001):
        block(world.registry.create(definition, namespace, {"metadata": {"name": f"n{number:04}"}}, WriteOptions()))
    rows = api.get(f"/api/v1/namespaces/{namespace}/configs", Accept=TABLE).json()["rows"]
    assert [row["cells"][0] for row in rows[:2]] == ["n0000", "n0001"]
    assert len(rows) == 1001


def test_head_answers_without_a_body(api: Api, configs: str) -> None:
    reply = api.call("HEAD", f"{configs}/a")
    assert (reply.status, reply.body) == (200, b"")
    assert int(reply.headers["content-length"]) == len(api.get(f"{configs}/a").body)


def test_a_view_shows_the_stored_objects_in_its_own_form(api: Api, configs: str) -> None:
    path = configs.replace("/api/v1", "/apis/view.io/v1").replace("/configs", "/views")
    found = api.get(f"{path}/a").json()
    assert (found["kind"], found["apiVersion"], found["entries"]) == ("View", "view.io/v1", {"letter": "a"})


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nothings",
        "/api/v2/configs",
        "/apis/nothing.io/v1/things",
        "/nothing",
        "/api/v1/namespaces/default/configs/a/nothing",
        "/api/v1/namespaces/default/nodes",
        "/api/v1/configs/a",
        "/api/v1/namespaces/default/configs/a/status",
        "/api/v1/namespaces/default/pods/a/log/more",
    ],
)
def test_unknown_paths_are_not_found(api: Api, path: str) -> None:
    reply = api.get(path)
    assert (reply.status, reply.message) == (404, "the server could not find the requested resource")


def test_names_in_paths_may_be_escaped(world: World, api: Api, namespace: str) -> None:
    world.config("dot.ted", namespace)
    assert api.get(f"/api/v1/namespaces/{namespace}/configs/dot%2Eted").status == 200


def test_lists_of_all_namespaces(api: Api, configs: str) -> None:
    assert {"a", "b", "c"} <= {item["metadata"]["name"] for item in json.loads(api.get("/api/v1/configs").body)["items"]}
