"""Bad input: each gives one clear error with the right status code, and nothing is written."""

import pytest

from api_world import Api


@pytest.fixture
def configs(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configs"


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"{", "application/json", "the body of the request is not valid JSON"),
        (b"", "application/json", "the body of the request is empty"),
        (b"[]", "application/json", "must be an object, found list"),
        (b"null", "application/json", "must be an object, found nothing"),
        (b'{"a":NaN}', "application/json", "not valid JSON"),
        (b'{"a":"\xff"}', "application/json", "not valid JSON"),
        (b"[" * 5000, "application/json", "not valid JSON"),
        (b'{"data":' + b'{"a":' * 300 + b"1" + b"}" * 301, "application/json", "nested too deeply"),
        (b"data: " + b"{a: " * 240 + b"1" + b"}" * 240, "application/yaml", "nested too deeply"),
        (b"a: [", "application/yaml", "error converting YAML to JSON"),
        (b"\x00", "application/yaml", "error converting YAML to JSON"),
        (b"", "application/yaml", "must be an object, found nothing"),
        (b"k8s\x00\xff\xff", "application/vnd.kubernetes.protobuf", "not valid protobuf"),
        (b"abc", "application/vnd.kubernetes.protobuf", "not a protobuf object"),
        (b'{"kind":"Pod","apiVersion":"v1"}', "application/json", "cannot be handled as a Config"),
        (b'{"kind":"Config","apiVersion":"v9"}', "application/json", "does not match the expected API version (v1)"),
        (b'{"metadata":{"name":"a","namespace":"elsewhere"}}', "application/json", "does not match the namespace"),
        (b'{"metadata":{"name":"a"},"data":{"x":1}}', "application/json", ""),
        (b'{"metadata":"name"}', "application/json", ""),
    ],
)
def test_a_body_that_cannot_be_read_is_a_bad_request(api: Api, configs: str, body: bytes, content_type: str, words: str) -> None:
    reply = api.post(configs, body, Content_Type=content_type)
    assert (reply.status, reply.reason) == (400, "BadRequest"), reply.body
    assert words in reply.message
    assert api.get(configs).json()["items"] == []


def test_a_body_of_a_foreign_type_is_unsupported(api: Api, configs: str) -> None:
    reply = api.post(configs, b"name=a", Content_Type="application/x-www-form-urlencoded")
    assert (reply.status, reply.reason) == (415, "UnsupportedMediaType")


def test_a_body_without_a_type_is_json(api: Api, configs: str) -> None:
    assert api.post(configs, {"metadata": {"name": "a"}}, Content_Type="").status == 201


@pytest.mark.parametrize("name", ["Upper", "under_score", "-dash", "a" * 254, "dot..dot", "sp ace"])
def test_a_bad_name_is_invalid(api: Api, configs: str, name: str) -> None:
    reply = api.post(configs, {"metadata": {"name": name}})
    assert (reply.status, reply.reason) == (422, "Invalid")
    assert reply.json()["details"]["causes"][0]["field"] == "metadata.name"


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("labelSelector=a%3D%3D%3Db", 400, "unable to parse requirement"),
        ("labelSelector=a%20in%20b", 400, "unable to parse requirement"),
        ("labelSelector=-a", 400, "Invalid value"),
        ("fieldSelector=metadata.name", 400, "invalid field selector"),
        ("fieldSelector=spec.colour%3Dred", 400, "field label not supported: spec.colour"),
        ("limit=many", 400, 'strconv.ParseInt: parsing "many": invalid syntax'),
        ("limit=99999999999999999999", 400, "value out of range"),
        ("limit=-1", 422, "limit: Invalid value: -1"),
        (f"resourceVersion={'9' * 5000}", 400, "a number is expected"),
        ("resourceVersion=abc", 400, 'invalid resource version "abc"'),
        ("resourceVersionMatch=Exact", 422, "resourceVersionMatch is forbidden unless resourceVersion is provided"),
        ("resourceVersion=0&resourceVersionMatch=Exact", 422, 'forbidden for resourceVersion "0"'),
        ("resourceVersion=1&resourceVersionMatch=Newest", 422, 'Unsupported value: "Newest": supported values: "Exact"'),
        ("continue=nonsense", 400, "continue key is not valid"),
        ("sendInitialEvents=true", 422, "sendInitialEvents is forbidden for list"),
        ("sendInitialEvents=perhaps", 400, 'strconv.ParseBool: parsing "perhaps": invalid syntax'),
        ("watch=true&timeoutSeconds=soon", 400, 'strconv.ParseInt: parsing "soon": invalid syntax'),
        ("watch=true&resourceVersion=abc", 400, "invalid resource version"),
        ("watch=true&labelSelector=!", 400, "unable to parse requirement"),
        ("watch=true&fieldSelector=spec.colour%3Dred", 400, "field label not supported"),
        ("watch=true&resourceVersionMatch=Exact", 422, "forbidden for watch unless sendInitialEvents"),
        ("watch=true&sendInitialEvents=true", 422, "requires setting resourceVersionMatch to NotOlderThan"),
        ("watch=true&allowWatchBookmarks=maybe", 400, "strconv.ParseBool"),
    ],
)
def test_parameters_that_cannot_be_read_are_refused(api: Api, configs: str, query: str, status: int, words: str) -> None:
    reply = api.get(f"{configs}?{query}")
    assert reply.status == status, reply.body
    assert words in reply.message


def test_a_revision_of_the_future_is_told_apart(api: Api, configs: str) -> None:
    reply = api.get(f"{configs}?resourceVersion=999999999")
    assert (reply.status, reply.reason) == (504, "Timeout")
    assert "Too large resource version" in reply.message
    assert reply.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("dryRun=Some", 'dryRun: Unsupported value: "Some": supported values: "All"'),
        ("fieldValidation=Loose", 'fieldValidation: Unsupported value: "Loose"'),
        (f"fieldManager={'m' * 129}", "fieldManager: Too long"),
    ],
)
def test_write_options_that_are_not_allowed_are_invalid(api: Api, configs: str, query: str, words: str) -> None:
    reply = api.post(f"{configs}?{query}", {"metadata": {"name": "a"}})
    assert (reply.status, reply.reason) == (422, "Invalid")
    assert words in reply.message
    assert reply.message.startswith('CreateOptions.meta.k8s.io "" is invalid')
    assert api.get(f"{configs}/a").status == 404


@pytest.mark.parametrize(
    ("query", "body", "status", "words"),
    [
        ("propagationPolicy=Sideways", None, 422, 'propagationPolicy: Unsupported value: "Sideways"'),
        ("gracePeriodSeconds=long", None, 400, "strconv.ParseInt"),
        ("propagationPolicy=Orphan&orphanDependents=true", None, 422, "cannot be both set"),
        ("dryRun=None", None, 422, 'dryRun: Unsupported value: "None"'),
        ("", {"propagationPolicy": "Sideways"}, 422, "propagationPolicy: Unsupported value"),
        ("", {"gracePeriodSeconds": "long"}, 400, "DeleteOptions.gracePeriodSeconds has the wrong type"),
        ("", {"kind": "Pod"}, 400, "the body of a delete is DeleteOptions"),
        ("", {"dryRun": ["Some"]}, 422, "dryRun: Unsupported value"),
        ("", {"preconditions": "uid"}, 400, "DeleteOptions.preconditions has the wrong type"),
        ("", [], 400, "must be an object"),
    ],
)
def test_delete_options_that_are_not_allowed_delete_nothing(
    api: Api, configs: str, query: str, body: object, status: int, words: str
) -> None:
    api.post(configs, {"metadata": {"name": "a"}})
    reply = api.delete(f"{configs}/a?{query}", body)
    assert reply.status == status, reply.body
    assert words in reply.message
    assert api.get(f"{configs}/a").status == 200


@pytest.mark.parametrize(
    ("kind", "patch", "status"),
    [
        ("json-patch", {"op": "add"}, 400),
        ("json-patch", [{"op": "fly", "path": "/data"}], 400),
        ("json-patch", [{"op": "test", "path": "/data/x", "value": "2"}], 422),
        ("merge-patch", [], 400),
        ("merge-patch", {"data": {"x": 1}}, 422),
        ("strategic-merge-patch", "text", 400),
        ("merge-patch", b"{", 400),
        ("merge-patch", b'{"data":' + b'{"a":' * 300 + b"1" + b"}" * 301, 400),
        ("json-patch", [{"op": "add", "path": "/data/y" + "/y" * n, "value": {}} for n in range(300)], 400),
        ("json-patch", [{"op": "copy", "from": "/metadata", "path": f"/metadata/{n}"} for n in range(60)], 413),
    ],
)
def test_a_patch_that_cannot_be_applied_changes_nothing(api: Api, configs: str, kind: str, patch: object, status: int) -> None:
    before = api.post(configs, {"metadata": {"name": "a"}, "data": {"x": "1"}}).json()
    reply = api.patch(f"{configs}/a", patch, kind)
    assert reply.status == status, reply.body
    assert api.get(f"{configs}/a").json() == before


def test_options_of_deletion_are_read_from_the_query(api: Api, configs: str) -> None:
    api.post(configs, {"metadata": {"name": "a"}})
    assert api.delete(f"{configs}/a?gracePeriodSeconds=-1&propagationPolicy=Background").status == 200


def test_a_bad_view_of_all_namespaces_cannot_be_deleted(api: Api) -> None:
    assert api.delete("/api/v1/configs").status == 405
