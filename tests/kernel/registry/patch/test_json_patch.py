"""JSON patch."""

from typing import Any

import pytest

from kubernel.errors import BadRequestError, InvalidError, RequestEntityTooLargeError
from kubernel.registry.patch.json import apply


@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [
        ({"a": 1}, [], {"a": 1}),
        ({"a": 1}, [{"op": "add", "path": "/b", "value": 2}], {"a": 1, "b": 2}),
        ({"a": [1, 2]}, [{"op": "add", "path": "/a/-", "value": 3}], {"a": [1, 2, 3]}),
        ({"a": 1}, [{"op": "remove", "path": "/a"}], {}),
        ({"a": 1}, [{"op": "move", "from": "/a", "path": "/b"}], {"b": 1}),
        ({"a/b": 1}, [{"op": "copy", "from": "/a~1b", "path": "/c"}], {"a/b": 1, "c": 1}),
        ({"a": 1}, [{"op": "replace", "path": "", "value": {"b": 2}}], {"b": 2}),
        ({"a": 1}, [{"op": "test", "path": "/a", "value": 1}], {"a": 1}),
    ],
)
def test_operations_are_applied_in_order(document: Any, patch: Any, result: Any) -> None:
    assert apply(document, patch) == result


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "test", "path": "/a", "value": 2}],
        [{"op": "remove", "path": "/b"}],
        [{"op": "replace", "path": "/b", "value": 1}],
        [{"op": "add", "path": "/b/c", "value": 1}],
        [{"op": "add", "path": "/l/7", "value": 1}],
        [{"op": "add", "path": "/a/b", "value": 1}],
        [{"op": "remove", "path": "/l/x"}],
        [{"op": "move", "path": "/l", "from": "/nope"}],
    ],
)
def test_what_cannot_be_applied_is_invalid(patch: Any) -> None:
    with pytest.raises(InvalidError):
        apply({"a": 1, "l": [1]}, patch)


@pytest.mark.parametrize(
    "patch",
    [
        {},
        "text",
        [1],
        [{"path": "/a"}],
        [{"op": "shuffle", "path": "/a"}],
        [{"op": "add", "path": "/a"}],
        [{"op": "add", "value": 1}],
        [{"op": "add", "path": "a", "value": 1}],
        [{"op": "copy", "path": "/a"}],
    ],
)
def test_what_is_no_patch_is_a_bad_request(patch: Any) -> None:
    with pytest.raises(BadRequestError, match=r"^error decoding patch"):
        apply({"a": 1}, patch)


def test_there_are_not_too_many_operations() -> None:
    with pytest.raises(RequestEntityTooLargeError, match=r"The allowed maximum operations in a JSON patch is 10000, got 10001"):
        apply({}, [{"op": "add", "path": "/a", "value": 1}] * 10_001)


def test_copies_of_copies_are_bounded() -> None:
    doubling = [{"op": "copy", "from": "/a", "path": f"/a/{number}"} for number in range(60)]
    with pytest.raises(RequestEntityTooLargeError, match=r"^Unable to complete the copy, the accumulated size increase"):
        apply({"a": {"text": "x" * 100}}, doubling)


def test_a_copy_sees_what_the_operations_before_it_made() -> None:
    patch = [{"op": "add", "path": "/b", "value": 2}, {"op": "copy", "from": "/b", "path": "/c"}, {"op": "remove", "path": "/b"}]
    assert apply({"a": 1}, patch) == {"a": 1, "c": 2}


def test_a_copy_after_the_root_was_replaced_reads_the_new_one() -> None:
    patch = [{"op": "replace", "path": "", "value": {"b": [1]}}, {"op": "copy", "from": "/b", "path": "/c"}]
    assert apply({"a": 1}, patch) == {"b": [1], "c": [1]}
