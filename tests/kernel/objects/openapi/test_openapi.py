"""OpenAPI says of a kind what its schema says, in both versions, and where kubectl looks for it."""

from typing import Any

import orjson
import pytest

from gadgets import Gadget
from kubernel.objects import openapi
from kubernel.objects.meta import KindSchema
from kubernel.ports.resource import ResourceDefinition, Scale
from kubernel.types.references import ResourceType


class Widget(KindSchema):
    """A kind of a stranger, who gave it no published name."""


GADGETS = ResourceDefinition(
    ResourceType("test.k8s.io", "v1", "gadgets"), "Gadget", Gadget, status=True, scale=Scale(), subresources=("log",)
)
WIDGETS = ResourceDefinition(ResourceType("example.com", "v1beta1", "widgets"), "Widget", Widget, namespaced=False)
CORE = ResourceDefinition(ResourceType("", "v1", "things"), "Thing", Widget, verbs=("create", "get"))
DEFINITIONS = (GADGETS, WIDGETS, CORE)
ITEM = "/apis/test.k8s.io/v1/namespaces/{namespace}/gadgets/{name}"


@pytest.fixture(scope="module")
def two() -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(openapi.v2(DEFINITIONS, "v1.33.0"))
    return document


@pytest.fixture(scope="module")
def three() -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(openapi.v3_document(DEFINITIONS, "apis/test.k8s.io/v1", "v1.33.0") or b"")
    return document


def names(operation: dict[str, Any]) -> list[str]:
    return [parameter["name"] for parameter in operation["parameters"]]


def references(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(references, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own.union(*map(references, node.values()))


def test_fields_carry_types_descriptions_and_merge_keys(two: dict[str, Any]) -> None:
    spec = two["definitions"]["io.k8s.api.test.v1.GadgetSpec"]
    assert spec["description"] == "What a gadget should be."
    assert spec["required"] == ["parts"]
    fields = spec["properties"]
    assert fields["replicas"] == {"type": "integer", "format": "int32", "default": 1}
    assert fields["budget"] == {"type": "integer", "format": "int64"}
    assert fields["data"] == {"type": "object", "additionalProperties": {"type": "string", "format": "byte"}}
    assert fields["selector"]["x-kubernetes-map-type"] == "atomic"
    assert fields["until"] == {"$ref": "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Time"}
    assert fields["surge"]["$ref"] == "#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString"
    assert fields["parts"] == {
        "type": "array",
        "items": {"$ref": "#/definitions/io.k8s.api.test.v1.Part"},
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "x-kubernetes-patch-merge-key": "name",
        "x-kubernetes-patch-strategy": "merge",
    }
    assert two["definitions"]["io.k8s.api.test.v1.Port"]["properties"]["protocol"]["enum"] == ["SCTP", "TCP", "UDP"]


def test_a_reference_keeps_its_description_in_both_versions(two: dict[str, Any], three: dict[str, Any]) -> None:
    name = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
    said = {"description": "the object's standard metadata"}
    gadget = "io.k8s.api.test.v1.Gadget"
    assert two["definitions"][gadget]["properties"]["metadata"] == {"$ref": f"#/definitions/{name}", **said}
    metadata = three["components"]["schemas"][gadget]["properties"]["metadata"]
    assert metadata == {"allOf": [{"$ref": f"#/components/schemas/{name}"}], **said}


def test_kinds_lists_and_options_know_their_group_version_kind(two: dict[str, Any]) -> None:
    kind = {"group": "test.k8s.io", "kind": "Gadget", "version": "v1"}
    definitions = two["definitions"]
    extension = "x-kubernetes-group-version-kind"
    assert definitions["io.k8s.api.test.v1.Gadget"][extension] == [kind]
    assert definitions["io.k8s.api.test.v1.GadgetList"][extension] == [{**kind, "kind": "GadgetList"}]
    options = definitions["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"][extension]
    assert {(one["group"], one["version"]) for one in options} == {("test.k8s.io", "v1"), ("example.com", "v1beta1"), ("", "v1")}


def test_a_kind_without_a_published_name_is_named_after_its_group(two: dict[str, Any]) -> None:
    assert "com.example.v1beta1.Widget" in two["definitions"]


@pytest.mark.parametrize(("path", "method"), [(ITEM, "patch"), (ITEM, "put"), (ITEM.rpartition("/")[0], "post")])
def test_writes_offer_the_check_of_fields_that_kubectl_looks_for(
    two: dict[str, Any], three: dict[str, Any], path: str, method: str
) -> None:
    for document in (two, three):
        operation = document["paths"][path][method]
        assert {"fieldValidation", "fieldManager", "dryRun"} <= set(names(operation))
        assert operation["x-kubernetes-action"] == method
        assert operation["x-kubernetes-group-version-kind"] == {"group": "test.k8s.io", "kind": "Gadget", "version": "v1"}


def test_patches_name_their_media_types(two: dict[str, Any], three: dict[str, Any]) -> None:
    media = {"application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json"}
    assert set(two["paths"][ITEM]["patch"]["consumes"]) == media
    assert set(three["paths"][ITEM]["patch"]["requestBody"]["content"]) == media


def test_subresources_have_their_paths(two: dict[str, Any]) -> None:
    assert set(two["paths"][f"{ITEM}/status"]) == {"parameters", "get", "put", "patch"}
    assert set(two["paths"][f"{ITEM}/log"]) == {"parameters", "get"}
    scale = two["paths"][f"{ITEM}/scale"]["get"]
    assert scale["x-kubernetes-group-version-kind"] == {"group": "autoscaling", "kind": "Scale", "version": "v1"}
    assert scale["operationId"] == "readTestV1NamespacedGadgetScale"


def test_only_offered_verbs_have_operations(two: dict[str, Any]) -> None:
    assert set(two["paths"]["/api/v1/namespaces/{namespace}/things/{name}"]) == {"parameters", "get"}
    assert "/api/v1/things" not in two["paths"]
    assert "put" in two["paths"]["/apis/example.com/v1beta1/widgets/{name}"]


def test_every_reference_leads_somewhere(two: dict[str, Any], three: dict[str, Any]) -> None:
    assert references(two) == {f"#/definitions/{name}" for name in two["definitions"]} & references(two)
    assert references(three) == {f"#/components/schemas/{name}" for name in three["components"]["schemas"]} & references(three)


def test_the_index_leads_to_each_group_version_and_changes_with_its_document() -> None:
    index = orjson.loads(openapi.v3_index(DEFINITIONS))["paths"]
    assert list(index) == ["apis/test.k8s.io/v1", "apis/example.com/v1beta1", "api/v1"]
    link = index["apis/test.k8s.io/v1"]["serverRelativeURL"]
    assert link.startswith("/openapi/v3/apis/test.k8s.io/v1?hash=")
    changed = orjson.loads(openapi.v3_index((WIDGETS, ResourceDefinition(GADGETS.resource, "Gadget", Gadget))))["paths"]
    assert changed["apis/test.k8s.io/v1"]["serverRelativeURL"] != link
    assert changed["apis/example.com/v1beta1"] == index["apis/example.com/v1beta1"]


def test_an_unserved_path_has_no_document() -> None:
    assert openapi.v3_document(DEFINITIONS, "apis/nowhere/v1") is None


def test_the_version_is_in_the_documents(two: dict[str, Any], three: dict[str, Any]) -> None:
    assert (two["swagger"], two["info"]["version"]) == ("2.0", "v1.33.0")
    assert (three["openapi"], three["info"]["version"]) == ("3.0.0", "v1.33.0")
