"""Bodies: what they say, and what they say twice."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubernel.api.bodies import Decoded, decode, decode_json
from kubernel.errors import BadRequestError, UnsupportedMediaTypeError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_whatever_is_said_once_is_not_reported(value: Any, ascii_only: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert decode_json(body) == Decoded(value, ())


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"a":1,"a":2}', "a"),
        (b'{"a" :1,"a":2}', "a"),
        (b'{"a":{"b":1,"b":1}}', "a.b"),
        (b'{"a":[{},{"b":1, "b":2}]}', "a[1].b"),
        (b'{"a":"x\\"","a":"y"}', "a"),
    ],
)
def test_what_is_said_twice_is_reported_with_its_path(body: bytes, path: str) -> None:
    assert decode_json(body).duplicates == (f'duplicate field "{path}"',)


def test_the_last_one_counts() -> None:
    assert decode_json(b'{"a":1,"a":2}').value == {"a": 2}


def test_how_repetitions_are_judged() -> None:
    decoded = Decoded({}, ('duplicate field "a"',))
    assert decoded.judge("Ignore") == ()
    assert decoded.judge("Warn") == ('duplicate field "a"',)
    with pytest.raises(BadRequestError, match='strict decoding error: duplicate field "a"'):
        decoded.judge("Strict")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "", "*/*", "Application/JSON"])
def test_json_has_several_names(kind: str) -> None:
    assert decode(b'{"a":1}', kind).value == {"a": 1}


@pytest.mark.parametrize("kind", ["application/yaml", "text/yaml", "application/x-yaml;x=y"])
def test_yaml_has_several_names(kind: str) -> None:
    assert decode(b"a: 1", kind).value == {"a": 1}


def test_other_types_are_unsupported() -> None:
    with pytest.raises(UnsupportedMediaTypeError, match="accepted media types include: application/json"):
        decode(b"", "text/plain")
