"""A schema's view for patches: kinds of fields, merge keys, the way down."""

from gadgets import Gadget
from kubernel.objects.nodes import FieldNode, SchemaNode, schema_node


def at(*path: str) -> FieldNode:
    node: SchemaNode | FieldNode | None = schema_node(Gadget)
    for name in path:
        assert node is not None
        node = node.node(name)
    assert isinstance(node, FieldNode)
    return node


def test_every_field_has_a_kind() -> None:
    kinds = {name: at("spec", name).kind for name in ("replicas", "selector", "strategy", "parts", "extra", "surge")}
    assert kinds == {
        "replicas": "scalar",
        "selector": "map",
        "strategy": "object",
        "parts": "list",
        "extra": "any",
        "surge": "scalar",
    }


def test_lists_say_how_they_merge() -> None:
    parts = at("spec", "parts")
    assert (parts.merge_key, parts.patch_strategy, parts.list_type, parts.map_keys) == ("name", "merge", "map", ("name",))
    assert parts.element is not None
    assert parts.element.kind == "object"
    assert at("spec", "parts", "0", "ports").map_keys == ("port", "protocol")
    assert at("spec", "strategy").patch_strategy == "retainKeys"


def test_the_way_down_goes_through_maps_and_circles() -> None:
    assert at("spec", "named", "any-key", "protocol").default == "TCP"
    assert at("spec", "parts", "", "parts", "", "parts", "", "name").kind == "scalar"
    assert at("spec", "parts").schema is at("spec", "parts", "0", "parts").schema
    assert schema_node(Gadget).node("nothing") is None
    assert at("spec", "extra").node("anything") is None


def test_what_is_atomic_is_one_value() -> None:
    assert at("spec", "selector").atomic
    assert at("spec", "extra").atomic
    assert at("spec", "strategy", "command").atomic
    assert not at("spec", "parts").atomic
    assert not at("spec", "strategy").atomic
    owners = at("metadata", "ownerReferences")
    assert owners.element is not None
    assert owners.element.atomic


def test_the_published_name_is_known() -> None:
    spec = at("spec").schema
    assert spec is not None
    assert spec.definition == "io.k8s.api.test.v1.GadgetSpec"
