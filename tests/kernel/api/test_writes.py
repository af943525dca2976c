"""Writing: every verb, what it answers, and what it says beside the object."""

import pytest
import yaml

from api_world import Api, World


@pytest.fixture
def configs(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configs"


@pytest.fixture
def widgets(namespace: str) -> str:
    return f"/apis/test.io/v1/namespaces/{namespace}/widgets"


def config(name: str = "a", **data: str) -> dict[str, object]:
    return {"kind": "Config", "apiVersion": "v1", "metadata": {"name": name}, "data": data}


def test_create_answers_201_with_the_object(api: Api, configs: str) -> None:
    reply = api.post(configs, config(x="1"))
    assert reply.status == 201
    created = reply.json()
    assert created["metadata"]["uid"]
    assert api.get(f"{configs}/a").json() == created


def test_a_name_that_is_taken_already_exists(api: Api, configs: str) -> None:
    api.post(configs, config())
    reply = api.post(configs, config())
    assert (reply.status, reply.reason) == (409, "AlreadyExists")


def test_names_are_made_from_a_prefix(api: Api, configs: str) -> None:
    reply = api.post(configs, {"metadata": {"generateName": "made-"}})
    assert reply.json()["metadata"]["name"].startswith("made-")


def test_yaml_is_read(api: Api, configs: str) -> None:
    body = yaml.safe_dump(config(x="1")).encode()
    assert api.post(configs, body, Content_Type="application/yaml").json()["data"] == {"x": "1"}


def test_a_create_may_be_answered_as_a_table_or_as_yaml(api: Api, configs: str) -> None:
    table = api.post(configs, config("t"), Accept="application/json;as=Table;v=v1;g=meta.k8s.io").json()
    assert table["rows"][0]["cells"][0] == "t"
    reply = api.post(configs, config("y"), Accept="application/yaml")
    assert yaml.safe_load(reply.body)["metadata"]["name"] == "y"


def test_update_replaces(api: Api, configs: str) -> None:
    api.post(configs, config(x="1"))
    reply = api.put(f"{configs}/a", config(y="2"))
    assert (reply.status, reply.json()["data"]) == (200, {"y": "2"})


def test_an_update_from_an_old_state_is_a_conflict(api: Api, configs: str) -> None:
    old = api.post(configs, config(x="1")).json()
    api.put(f"{configs}/a", config(x="2"))
    reply = api.put(f"{configs}/a", old)
    assert (reply.status, reply.reason) == (409, "Conflict")
    assert reply.message.endswith("please apply your changes to the latest version and try again")


def test_update_creates_where_the_kind_allows_it(api: Api, configs: str, widgets: str) -> None:
    assert api.put(f"{configs}/new", config("new")).status == 201
    assert api.put(f"{widgets}/new", {"metadata": {"name": "new"}, "spec": {}}).status == 404


def test_merge_patch(api: Api, configs: str) -> None:
    api.post(configs, config(x="1", y="2"))
    assert api.patch(f"{configs}/a", {"data": {"x": None, "z": "3"}}).json()["data"] == {"y": "2", "z": "3"}


def test_json_patch(api: Api, configs: str) -> None:
    api.post(configs, config(x="1"))
    steps = [{"op": "test", "path": "/data/x", "value": "1"}, {"op": "replace", "path": "/data/x", "value": "2"}]
    assert api.patch(f"{configs}/a", steps, "json-patch").json()["data"] == {"x": "2"}


def test_strategic_merge_patch_merges_lists_by_key(api: Api, widgets: str) -> None:
    containers = [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]
    assert api.post(widgets, {"metadata": {"name": "w"}, "spec": {"containers": containers}}).status == 201
    patch = {"spec": {"containers": [{"name": "b", "image": "2"}]}}
    patched = api.patch(f"{widgets}/w", patch, "strategic-merge-patch").json()
    assert {c["name"]: c["image"] for c in patched["spec"]["containers"]} == {"a": "1", "b": "2"}


def test_an_unknown_patch_type_is_unsupported(api: Api, configs: str) -> None:
    api.post(configs, config())
    reply = api.call("PATCH", f"{configs}/a", {"data": {}}, Content_Type="application/strange-patch+json")
    assert (reply.status, reply.reason) == (415, "UnsupportedMediaType")
    assert "accepted media types include: application/json-patch+json, application/merge-patch+json" in reply.message


def test_a_delete_answers_success_with_what_is_gone(api: Api, widgets: str) -> None:
    uid = api.post(widgets, {"metadata": {"name": "w"}, "spec": {}}).json()["metadata"]["uid"]
    gone = api.delete(f"{widgets}/w")
    details = {"name": "w", "group": "test.io", "kind": "widgets", "uid": uid}
    assert gone.json() == {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
    assert api.get(f"{widgets}/w").status == 404


def test_a_delete_that_has_to_wait_answers_the_object(api: Api, configs: str) -> None:
    body = config()
    body["metadata"] = {"name": "a", "finalizers": ["test.io/wait"]}
    api.post(configs, body)
    reply = api.delete(f"{configs}/a")
    assert reply.json()["metadata"]["deletionTimestamp"]
    assert api.patch(f"{configs}/a", {"metadata": {"finalizers": None}}).status == 200
    assert api.get(f"{configs}/a").status == 404


def test_preconditions_are_held(api: Api, configs: str) -> None:
    api.post(configs, config())
    options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": "another"}}
    assert api.delete(f"{configs}/a", options).status == 409
    assert api.get(f"{configs}/a").status == 200


def test_delete_collection_deletes_what_is_selected(api: Api, configs: str) -> None:
    for name, color in (("a", "red"), ("b", "blue")):
        body = config(name)
        body["metadata"] = {"name": name, "labels": {"color": color}}
        api.post(configs, body)
    reply = api.delete(f"{configs}?labelSelector=color%3Dred")
    assert [item["metadata"]["name"] for item in reply.json()["items"]] == ["a"]
    assert [item["metadata"]["name"] for item in api.get(configs).json()["items"]] == ["b"]


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_a_dry_run_writes_nothing(api: Api, configs: str, verb: str) -> None:
    before = api.post(configs, config(x="1")).json()
    replies = {
        "post": lambda: api.post(f"{configs}?dryRun=All", config("b")),
        "put": lambda: api.put(f"{configs}/a?dryRun=All", config(x="2")),
        "patch": lambda: api.patch(f"{configs}/a?dryRun=All", {"data": {"x": "2"}}),
        "delete": lambda: api.delete(f"{configs}/a?dryRun=All"),
    }
    assert replies[verb]().status in (200, 201)
    assert api.get(f"{configs}/a").json() == before
    assert api.get(f"{configs}/b").status == 404


def test_unknown_fields_are_warned_about(api: Api, configs: str) -> None:
    reply = api.post(configs, {"metadata": {"name": "a"}, "colour": "red"})
    assert reply.status == 201
    assert reply.warnings == ['299 - "unknown field \\"colour\\""']
    assert "colour" not in reply.json()


def test_unknown_fields_are_refused_where_the_client_is_strict(api: Api, configs: str) -> None:
    reply = api.post(f"{configs}?fieldValidation=Strict", {"metadata": {"name": "a"}, "colour": "red"})
    assert (reply.status, reply.reason) == (400, "BadRequest")
    assert 'strict decoding error: unknown field "colour"' in reply.message


def test_unknown_fields_pass_in_silence_where_the_client_wants_that(api: Api, configs: str) -> None:
    reply = api.post(f"{configs}?fieldValidation=Ignore", {"metadata": {"name": "a"}, "colour": "red"})
    assert (reply.status, reply.warnings) == (201, [])


def test_repeated_fields_are_warned_about_or_refused(api: Api, configs: str) -> None:
    body = b'{"metadata":{"name":"a"},"data":{"x":"1","x":"2"}}'
    reply = api.post(configs, body)
    assert reply.warnings == ['299 - "duplicate field \\"data.x\\""']
    assert reply.json()["data"] == {"x": "2"}
    strict = api.post(f"{configs}?fieldValidation=Strict", body)
    assert (strict.status, strict.message) == (400, 'strict decoding error: duplicate field "data.x"')


def test_repeated_keys_of_yaml_are_refused_where_the_client_is_strict(api: Api, configs: str) -> None:
    body = b"metadata: {name: a}\ndata:\n  x: '1'\n  x: '2'\n"
    reply = api.post(f"{configs}?fieldValidation=Strict", body, Content_Type="application/yaml")
    assert (reply.status, reply.message) == (400, 'strict decoding error: line 4: key "x" already set in map')


def test_status_is_written_through_its_subresource_alone(api: Api, widgets: str) -> None:
    api.post(widgets, {"metadata": {"name": "w"}, "spec": {}, "status": {"phase": "Odd"}})
    assert "phase" not in api.get(f"{widgets}/w").json().get("status", {})
    reply = api.patch(f"{widgets}/w/status", {"status": {"phase": "Fine"}, "spec": {"replicas": 7}})
    assert reply.json()["status"]["phase"] == "Fine"
    assert reply.json()["spec"]["replicas"] == 1
    assert api.get(f"{widgets}/w/status").json() == api.get(f"{widgets}/w").json()


def test_scale_is_read_and_written(api: Api, widgets: str) -> None:
    api.post(widgets, {"metadata": {"name": "w"}, "spec": {"replicas": 2}})
    scale = api.get(f"{widgets}/w/scale").json()
    assert (scale["kind"], scale["apiVersion"], scale["spec"]) == ("Scale", "autoscaling/v1", {"replicas": 2})
    scale["spec"]["replicas"] = 3
    assert api.put(f"{widgets}/w/scale", scale).json()["spec"] == {"replicas": 3}
    assert api.patch(f"{widgets}/w/scale", {"spec": {"replicas": 4}}).json()["kind"] == "Scale"
    assert api.get(f"{widgets}/w").json()["spec"]["replicas"] == 4


def test_a_finalized_namespace_goes(api: Api, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}"
    assert api.delete(path).json()["status"]["phase"] == "Terminating"
    body = api.get(path).json()
    body["spec"]["finalizers"] = []
    assert api.put(f"{path}/finalize", body).status == 200
    assert api.get(path).status == 404


def pod(name: str) -> dict[str, object]:
    spec = {"containers": [{"name": "main", "image": "busybox"}]}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name}, "spec": spec}


def binding(name: str, node: str) -> dict[str, object]:
    return {"kind": "Binding", "apiVersion": "v1", "metadata": {"name": name}, "target": {"kind": "Node", "name": node}}


def test_a_binding_gives_a_pod_its_node(api: Api, namespace: str) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    assert api.post(pods, pod("p")).status == 201
    reply = api.post(f"{pods}/p/binding", binding("p", "n1"))
    assert (reply.status, reply.json()["status"], reply.json()["code"]) == (201, "Success", 201)
    bound = api.get(f"{pods}/p").json()
    assert bound["spec"]["nodeName"] == "n1"
    assert [c["status"] for c in bound["status"]["conditions"] if c["type"] == "PodScheduled"] == ["True"]
    again = api.post(f"{pods}/p/binding", binding("p", "n2"))
    assert (again.status, again.reason) == (409, "Conflict")
    assert 'pod p is already assigned to node "n1"' in again.message


def test_the_older_bindings_collection_binds_too(api: Api, namespace: str) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    api.post(pods, pod("p"))
    assert api.post(f"/api/v1/namespaces/{namespace}/bindings", binding("p", "n1")).status == 201
    assert api.get(f"{pods}/p").json()["spec"]["nodeName"] == "n1"
    assert api.get(f"/api/v1/namespaces/{namespace}/bindings").status == 405


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"metadata": {"name": "p"}, "target": {}}, 422),
        ({"kind": "Pod", "metadata": {"name": "p"}, "target": {"name": "n"}}, 400),
        ({"metadata": {"name": "other"}, "target": {"name": "n"}}, 400),
        ({"metadata": {"name": "p"}, "target": {"kind": "Moon", "name": "n"}}, 422),
        ({"metadata": [], "target": "n"}, 400),
    ],
)
def test_a_binding_must_name_a_node(api: Api, namespace: str, body: object, status: int) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    api.post(pods, pod("p"))
    assert api.post(f"{pods}/p/binding", body).status == status


def test_verbs_that_a_path_does_not_offer_are_not_allowed(world: World, api: Api, configs: str) -> None:
    world.config("here", configs.split("/")[4])
    for reply in (
        api.put(configs, config()),
        api.patch(configs, {}),
        api.post(f"{configs}/here", config()),
        api.post("/api/v1/configs", config()),
        api.call("POST", "/version"),
    ):
        assert (reply.status, reply.reason) == (405, "MethodNotAllowed")
        assert reply.message == "the server does not allow this method on the requested resource"
