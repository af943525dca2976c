"""JSON merge patch: the examples of RFC 7386, and its laws."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubernel.registry.encoding import copied
from kubernel.registry.patch.merge import apply


@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_examples_of_the_standard(document: Any, patch: Any, result: Any) -> None:
    assert apply(document, patch) == result


SCALARS = st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("abc", max_size=1), inner))
OBJECTS = st.dictionaries(st.text("abc", max_size=1), VALUES, max_size=4)


def difference(old: Any, new: Any) -> Any:
    """The merge patch that brings one document to another (neither holds null)."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    patch = {name: None for name in old if name not in new}
    for name, value in new.items():
        if name not in old:
            patch[name] = value
        elif old[name] != value or type(old[name]) is not type(value):
            patch[name] = difference(old[name], value)
    return patch


@given(OBJECTS, OBJECTS)
def test_the_difference_brings_one_to_the_other(old: Any, new: Any) -> None:
    assert apply(copied(old), difference(old, new)) == new


@given(OBJECTS, OBJECTS)
def test_applying_twice_changes_no_more(document: Any, patch: Any) -> None:
    once = copied(apply(copied(document), copied(patch)))
    assert apply(copied(once), copied(patch)) == once
