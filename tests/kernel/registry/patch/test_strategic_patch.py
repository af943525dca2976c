"""Strategic merge patch: its directives, and the laws that hold whatever the documents are."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubernel.errors import BadRequestError
from kubernel.objects.nodes import FieldNode, SchemaNode, schema_node
from kubernel.registry.encoding import copied
from kubernel.registry.patch import strategic
from registry_world import WidgetSchema

NODE = schema_node(WidgetSchema)
Names = list[str]


def apply(document: Any, patch: Any) -> Any:
    """Within spec."""
    result = strategic.apply({"spec": copied(document)}, {"spec": copied(patch)}, NODE)
    return result.get("spec")


def elements(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def test_objects_are_merged_and_null_removes() -> None:
    assert apply({"replicas": 1, "size": "small"}, {"replicas": None, "options": {"a": "b", "c": None}}) == {
        "size": "small",
        "options": {"a": "b"},
    }


def test_a_list_without_a_strategy_is_replaced() -> None:
    assert apply({"numbers": [1, 2]}, {"numbers": [3]}) == {"numbers": [3]}


def test_a_list_with_a_merge_key_is_merged() -> None:
    document = {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]}
    patch = {"containers": [{"name": "b", "image": "2"}, {"name": "c"}]}
    assert apply(document, patch) == {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "2"}, {"name": "c"}]}


def test_elements_that_only_the_patch_knows_come_first() -> None:
    assert apply({"containers": elements("a", "b")}, {"containers": elements("c")}) == {"containers": elements("c", "a", "b")}


def test_an_element_is_deleted_by_its_key() -> None:
    assert apply({"containers": elements("a", "b")}, {"containers": [{"$patch": "delete", "name": "a"}]}) == {
        "containers": elements("b")
    }
    assert apply({}, {"containers": [{"$patch": "delete", "name": "a"}, {"name": "b"}]}) == {"containers": elements("b")}


def test_a_list_is_replaced_when_asked() -> None:
    patch = {"containers": [{"name": "c"}, {"$patch": "replace"}]}
    assert apply({"containers": elements("a", "b")}, patch) == {"containers": elements("c")}


def test_an_object_is_replaced_or_emptied_when_asked() -> None:
    assert apply({"options": {"a": "b"}}, {"options": {"$patch": "replace", "c": "d"}}) == {"options": {"c": "d"}}
    assert apply({"options": {"a": "b"}}, {"options": {"$patch": "delete"}}) == {"options": {}}
    assert apply({"options": {"a": "b"}}, {"options": {"$patch": "merge", "c": "d"}}) == {"options": {"a": "b", "c": "d"}}


def test_plain_values_are_merged_as_a_set() -> None:
    assert apply({"words": ["a", "b"]}, {"words": ["b", "c"]}) == {"words": ["a", "b", "c"]}
    assert apply({"words": ["a", "b"]}, {"$deleteFromPrimitiveList/words": ["a"], "words": ["c"]}) == {"words": ["c", "b"]}
    assert apply({}, {"$deleteFromPrimitiveList/words": ["a"]}) == {}


def test_the_order_is_set_when_asked() -> None:
    patch = {"$setElementOrder/containers": elements("c", "a"), "containers": elements("c")}
    assert apply({"containers": elements("a", "b")}, patch) == {"containers": elements("c", "a", "b")}
    assert apply({"words": ["a", "b", "c"]}, {"$setElementOrder/words": ["c", "a"]}) == {"words": ["b", "c", "a"]}
    assert apply({}, {"$setElementOrder/words": ["c", "a"]}) == {}
    assert apply({}, {"$setElementOrder/words": ["c"], "words": ["c"]}) == {"words": ["c"]}


def test_what_the_server_added_keeps_its_place() -> None:
    document = {"containers": elements("a", "server", "b")}
    patch = {"$setElementOrder/containers": elements("a", "b", "c"), "containers": elements("c")}
    assert apply(document, patch) == {"containers": elements("a", "server", "b", "c")}


def test_only_the_retained_keys_stay() -> None:
    patch = {"way": {"$retainKeys": ["type"], "type": "recreate"}}
    assert apply({"way": {"type": "rolling", "rolling": {"name": "x"}}}, patch) == {"way": {"type": "recreate"}}


def test_directives_in_new_parts_leave_no_trace() -> None:
    patch = {
        "way": {"$retainKeys": ["type"], "type": "x", "rolling": None},
        "containers": [{"name": "a", "args": None, "$setElementOrder/args": []}],
    }
    assert apply({}, patch) == {"way": {"type": "x"}, "containers": elements("a")}
    assert apply({"containers": elements("z")}, {"containers": [{"name": "a", "args": None}]}) == {
        "containers": elements("a", "z")
    }


def test_a_field_that_the_schema_does_not_know_is_merged_like_json() -> None:
    assert apply({"foo": {"a": 1, "l": [1]}}, {"foo": {"b": 2, "l": [2]}}) == {"foo": {"a": 1, "b": 2, "l": [2]}}


def test_metadata_knows_its_lists() -> None:
    document = {"metadata": {"finalizers": ["a"], "ownerReferences": [{"uid": "1", "name": "x"}]}}
    patch = {"metadata": {"finalizers": ["b"], "ownerReferences": [{"$patch": "delete", "uid": "1"}, {"uid": "2"}]}}
    assert strategic.apply(document, patch, NODE) == {"metadata": {"finalizers": ["b", "a"], "ownerReferences": [{"uid": "2"}]}}


@pytest.mark.parametrize(
    "patch",
    [
        {"containers": [{"image": "no name"}]},
        {"containers": [{"$patch": "delete"}]},
        {"containers": [{"$patch": "shuffle", "name": "a"}]},
        {"containers": ["text", {"name": "b"}]},
        {"options": {"$patch": "shuffle"}},
        {"$setElementOrder/containers": "text"},
        {"$setElementOrder/containers": elements("a"), "containers": elements("b")},
        {"$setElementOrder/containers": elements("a", "b"), "containers": elements("b", "a")},
        {"$setElementOrder/containers": elements("a"), "containers": {"a": "b"}},
        {"$deleteFromPrimitiveList/words": "a"},
        {"way": {"$retainKeys": "type"}},
        {"way": {"$retainKeys": ["type"], "rolling": {"name": "x"}}},
    ],
)
def test_a_malformed_directive_is_a_bad_request(patch: Any) -> None:
    with pytest.raises(BadRequestError, match=r"^error decoding patch"):
        apply({"containers": elements("a"), "options": {}, "words": ["a"], "way": {"type": "x"}}, patch)


def test_a_patch_is_an_object() -> None:
    with pytest.raises(BadRequestError):
        strategic.apply({}, [], NODE)


# --- laws -------------------------------------------------------------------------------------------------------------


def difference(old: dict[str, Any], new: dict[str, Any], node: FieldNode | SchemaNode | None) -> dict[str, Any]:
    """The strategic merge patch that brings one object to another, as kubectl makes it."""
    patch: dict[str, Any] = {name: None for name in old if name not in new}
    for name, value in new.items():
        child = node.node(name) if node is not None else None
        before = old.get(name)
        if name not in old:
            patch[name] = value
        elif isinstance(value, dict) and isinstance(before, dict):
            inner = difference(before, value, child)
            if inner and child is not None and "retainKeys" in child.patch_strategy:
                inner["$retainKeys"] = sorted(value)
            if inner:
                patch[name] = inner
        elif isinstance(value, list) and child is not None and "merge" in child.patch_strategy:
            patch |= list_difference(name, before or [], value, child)
        elif before != value:
            patch[name] = value
    return patch


def list_difference(name: str, old: list[Any], new: list[Any], node: FieldNode) -> dict[str, Any]:
    if old == new:
        return {}
    key = node.merge_key
    if not key:
        patch = {f"$setElementOrder/{name}": new, name: [value for value in new if value not in old]}
        return patch | {f"$deleteFromPrimitiveList/{name}": [value for value in old if value not in new]}
    before = {element[key]: element for element in old}
    wanted = {element[key] for element in new}
    changes: list[Any] = [{"$patch": "delete", key: element[key]} for element in old if element[key] not in wanted]
    for element in new:
        inner = difference(before[element[key]], element, node.element) if element[key] in before else element
        if inner:
            changes.append({**inner, key: element[key]})
    return {f"$setElementOrder/{name}": [{key: element[key]} for element in new], name: changes}


NAME = st.sampled_from("abcd")
CONTAINER = st.fixed_dictionaries(
    {"name": NAME},
    optional={"image": st.sampled_from("12"), "args": st.lists(NAME, max_size=2)},
)
WAY = st.fixed_dictionaries({}, optional={"type": NAME, "rolling": CONTAINER})
SPEC = st.fixed_dictionaries(
    {},
    optional={
        "replicas": st.integers(0, 2),
        "containers": st.lists(CONTAINER, unique_by=lambda container: container["name"], max_size=4),
        "words": st.lists(NAME, unique=True, max_size=4),
        "numbers": st.lists(st.integers(0, 3), max_size=3),
        "options": st.dictionaries(NAME, NAME, max_size=3),
        "way": WAY,
    },
)


@settings(max_examples=300)
@given(SPEC, SPEC)
def test_the_difference_of_two_objects_brings_one_to_the_other(old: Any, new: Any) -> None:
    patch = difference({"spec": old}, {"spec": new}, NODE)
    assert strategic.apply({"spec": copied(old)}, copied(patch), NODE) == {"spec": new}


@settings(max_examples=200)
@given(SPEC, SPEC)
def test_a_patch_applied_twice_changes_no_more(old: Any, new: Any) -> None:
    patch = difference({"spec": old}, {"spec": new}, NODE)
    once = strategic.apply({"spec": copied(old)}, copied(patch), NODE)
    assert strategic.apply(copied(once), copied(patch), NODE) == once


@settings(max_examples=200)
@given(SPEC, SPEC, NAME)
def test_what_others_added_survives(old: Any, new: Any, letter: str) -> None:
    """A patch made from what one client has seen keeps what another one has added meanwhile."""
    meanwhile = copied(old)
    stranger = {"name": f"stranger-{letter}"}
    meanwhile["containers"] = [*meanwhile.get("containers", []), stranger]
    patch = difference({"spec": old}, {"spec": new}, NODE)
    result = strategic.apply({"spec": meanwhile}, copied(patch), NODE)["spec"]
    if "containers" in old and "containers" not in new:
        assert "containers" not in result
        return
    assert stranger in result["containers"]
    if "containers" in old:
        assert [c for c in result["containers"] if c != stranger] == new["containers"]


@given(SPEC)
def test_an_empty_patch_changes_nothing(old: Any) -> None:
    assert strategic.apply({"spec": copied(old)}, {}, NODE) == {"spec": old}
