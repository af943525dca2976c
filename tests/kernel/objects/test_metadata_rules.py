"""Names, labels, annotations, owners and finalizers obey the rules of all metadata."""

from typing import Any

import pytest

from kubernel.objects.metadata_rules import ANNOTATIONS_LIMIT, metadata_causes, metadata_update_causes
from kubernel.types.names import dns_label, dns_subdomain


def causes(metadata: dict[str, Any], namespaced: bool | None = None) -> list[tuple[str, str]]:
    found = metadata_causes({"name": "a", **metadata}, dns_subdomain, namespaced)
    return [(cause.field, cause.message) for cause in found]


def test_plain_metadata_is_right() -> None:
    metadata = {
        "generateName": "web-",
        "namespace": "default",
        "labels": {"app": "web", "example.com/tier": ""},
        "annotations": {"Example.com/Note": "anything at all\n"},
        "finalizers": ["example.com/wait", "foregroundDeletion"],
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "1", "controller": True}],
        "managedFields": [{"manager": "m", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": {}}],
    }
    assert causes(metadata, namespaced=True) == []


def test_a_name_or_a_prefix_must_be_given() -> None:
    assert [c.message for c in metadata_causes({}, dns_subdomain, None)] == ["Required value: name or generateName is required"]


def test_the_kind_says_which_names_are_allowed() -> None:
    (cause,) = metadata_causes({"name": "a.b"}, dns_label, None)
    assert cause.field == "metadata.name"
    assert cause.message.startswith('Invalid value: "a.b": a lowercase RFC 1123 label must consist of')


@pytest.mark.parametrize(
    ("metadata", "field", "begins"),
    [
        ({"name": "Bad_Name"}, "metadata.name", 'Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of'),
        ({"generateName": "_"}, "metadata.generateName", 'Invalid value: "_": a lowercase RFC 1123 subdomain'),
        ({"labels": {"a b": "c"}}, "metadata.labels", 'Invalid value: "a b": name part must consist of'),
        ({"labels": {"a": "b c"}}, "metadata.labels", 'Invalid value: "b c": a valid label must be an empty string or'),
        ({"labels": {"/a": "b"}}, "metadata.labels", 'Invalid value: "/a": prefix part must be non-empty'),
        ({"labels": {"a": "b" * 64}}, "metadata.labels", f'Invalid value: "{"b" * 64}": must be no more than 63'),
        ({"annotations": {"a b": ""}}, "metadata.annotations", 'Invalid value: "a b": name part must consist of'),
        ({"finalizers": ["a b"]}, "metadata.finalizers", 'Invalid value: "a b": name part must consist of'),
        ({"generation": -1}, "metadata.generation", "Invalid value: -1: must be greater than or equal to 0"),
        ({"finalizers": ["orphan", "foregroundDeletion"]}, "metadata.finalizers", 'Invalid value: ["orphan"'),
        (
            {"ownerReferences": [{"apiVersion": "apps/", "kind": "A", "name": "a", "uid": "1"}]},
            "metadata.ownerReferences[0].apiVersion",
            'Invalid value: "apps/": version must not be empty',
        ),
        (
            {"ownerReferences": [{"apiVersion": "v1", "kind": "A", "name": "a", "uid": ""}]},
            "metadata.ownerReferences[0].uid",
            'Invalid value: "": must not be empty',
        ),
        (
            {"managedFields": [{"operation": "Guess", "fieldsType": "FieldsV1"}]},
            "metadata.managedFields[0].operation",
            'Invalid value: "Guess": must be `Apply` or `Update`',
        ),
    ],
)
def test_each_rule_has_its_cause(metadata: dict[str, Any], field: str, begins: str) -> None:
    ((found, message),) = causes(metadata)
    assert found == field
    assert message.startswith(begins)


def test_only_one_owner_is_the_controller() -> None:
    owners = [{"apiVersion": "v1", "kind": "A", "name": n, "uid": n, "controller": True} for n in ("a", "b")]
    ((field, message),) = causes({"ownerReferences": owners})
    assert field == "metadata.ownerReferences"
    assert message.endswith('Only one reference can have Controller set to true. Found "true" in references for a and b')


def test_events_own_nothing() -> None:
    ((_, message),) = causes({"ownerReferences": [{"apiVersion": "v1", "kind": "Event", "name": "a", "uid": "1"}]})
    assert message.endswith("/v1, Kind=Event is disallowed from being an owner")


@pytest.mark.parametrize(("filler", "fits"), [("x", True), ("é", False)])
def test_annotations_are_limited_in_bytes(filler: str, fits: bool) -> None:
    found = causes({"annotations": {"a": filler * (ANNOTATIONS_LIMIT - 1)}})
    assert (found == []) is fits
    if not fits:
        assert found == [("metadata.annotations", "Too long: may not be more than 262144 bytes")]


def test_the_namespace_follows_the_scope() -> None:
    assert causes({}, namespaced=True) == [("metadata.namespace", "Required value")]
    assert causes({"namespace": "a"}, namespaced=False) == [("metadata.namespace", "Forbidden: not allowed on this type")]
    assert causes({"namespace": "A"}, namespaced=True)[0][0] == "metadata.namespace"


@pytest.mark.parametrize("name", ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp"])
def test_identity_cannot_be_changed(name: str) -> None:
    (cause,) = metadata_update_causes({name: "b"}, {name: "a"})
    assert (cause.field, cause.message) == (f"metadata.{name}", 'Invalid value: "b": field is immutable')


def test_a_dying_object_gets_no_new_finalizers() -> None:
    old = {"deletionTimestamp": "t", "finalizers": ["a/b"]}
    assert metadata_update_causes({"deletionTimestamp": "t"}, old) == []
    (cause,) = metadata_update_causes({"deletionTimestamp": "t", "finalizers": ["a/b", "c/d"]}, old)
    assert cause.message == (
        'Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"c/d"}'
    )
    assert metadata_update_causes({"finalizers": ["c/d"]}, {}) == []


def test_the_generation_never_goes_back() -> None:
    (cause,) = metadata_update_causes({"generation": 1}, {"generation": 2})
    assert cause.message == "Invalid value: 1: must not be decremented"
