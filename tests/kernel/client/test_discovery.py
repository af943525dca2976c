"""Discovery documents, in both forms, say the same."""

from kubernel.client.discovery import from_aggregated, from_resource_list, is_aggregated, preferred
from kubernel.ports.client import ResourceInfo
from kubernel.types.references import ResourceType

PODS = ResourceInfo(ResourceType("", "v1", "pods"), "Pod", True, frozenset({"get", "list"}))


def test_the_aggregated_form_is_read() -> None:
    resource = {
        "resource": "pods",
        "responseKind": {"group": "", "version": "v1", "kind": "Pod"},
        "scope": "Namespaced",
        "verbs": ["get", "list"],
        "subresources": [{"subresource": "log"}],
    }
    document = {
        "kind": "APIGroupDiscoveryList",
        "items": [{"metadata": {}, "versions": [{"version": "v1", "resources": [resource]}]}],
    }
    assert is_aggregated(document)
    assert list(from_aggregated(document)) == [PODS]


def test_the_plain_form_is_read_without_subresources() -> None:
    document = {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [
            {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["get", "list"]},
            {"name": "pods/log", "kind": "Pod", "namespaced": True, "verbs": ["get"]},
        ],
    }
    assert not is_aggregated(document)
    assert list(from_resource_list(document)) == [PODS]


def test_the_first_version_that_offers_the_verbs_is_preferred() -> None:
    def info(version: str, *verbs: str) -> ResourceInfo:
        return ResourceInfo(ResourceType("apps", version, "things"), "Thing", True, frozenset(verbs))

    rows = [info("v2", "get"), info("v1", "get", "delete"), info("v1beta1", "get", "delete")]
    assert [row.type.version for row in preferred(rows, "delete")] == ["v1"]
    assert preferred(rows, "watch") == []
