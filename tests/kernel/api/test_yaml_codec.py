"""YAML as Kubernetes reads and writes it."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kubernel.api.yaml_codec import read_yaml, write_yaml
from kubernel.errors import BadRequestError

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12) | st.sampled_from(
    ["yes", "no", "on", "y", "n", "1e3", "0x1F", "1_000", "0644", "22:22", "2026-01-02", "~", "null", "", "true", ".5", "<<", "="]
)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-1e6, 1e6).filter(lambda x: not float(x).is_integer())
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert read_yaml(write_yaml(value)) == (value, [])


@given(VALUES)
def test_what_is_written_means_the_same_to_other_readers(value: Any) -> None:
    assert yaml.safe_load(write_yaml(value)) == value


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_json_is_yaml(value: Any) -> None:
    assert read_yaml(json.dumps(value, ensure_ascii=False).encode()) == (value, [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("y", True),
        ("1e3", 1000),
        ("1.5e1", 15),
        (".5", 0.5),
        ("0644", 420),
        ("0o17", 15),
        ("0x1F", 31),
        ("-0b11", -3),
        ("1_000", 1000),
        ("08", 8),
        ("22:22", "22:22"),
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("~", None),
        ("'1'", "1"),
        ("=", "="),
        ("é", "é"),
    ],
)
def test_scalars_are_what_go_makes_of_them(text: str, value: object) -> None:
    assert read_yaml(f"a: {text}".encode()) == ({"a": value}, [])


def test_keys_become_texts() -> None:
    assert read_yaml(b"1: a\ntrue: b\n1.5: c\n~: d\n")[0] == {"1": "a", "true": "b", "1.5": "c", "null": "d"}


def test_repeated_keys_are_reported() -> None:
    assert read_yaml(b"a: 1\nb:\n  c: 1\n  c: 2\n") == ({"a": 1, "b": {"c": 2}}, ['line 4: key "c" already set in map'])


def test_merges_are_no_repetitions() -> None:
    document = b"base: &b {x: 1, z: 2}\nc:\n  <<: *b\n  z: 3\n"
    assert read_yaml(document) == ({"base": {"x": 1, "z": 2}, "c": {"x": 1, "z": 3}}, [])


def test_only_the_first_document_counts() -> None:
    assert read_yaml(b"a: 1\n---\nb: 2\n")[0] == {"a": 1}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"a: [", "did not find expected node content"),
        (b"a: \xff", "invalid"),
        (b"a: .nan", "has no form in JSON"),
        (b"a: 1e999", "out of range"),
        (b"[a]: b", "neither a text nor a number"),
        (b"a: &x {b: *x}", "contains itself"),
        (b"a: !!python/object:os.system x", "could not determine a constructor"),
        (b"a: *nowhere", "undefined alias"),
        (b"[" * 3000, ""),
    ],
)
def test_what_cannot_be_said_in_json_is_a_bad_request(document: bytes, words: str) -> None:
    with pytest.raises(BadRequestError, match="error converting YAML to JSON") as raised:
        read_yaml(document)
    assert words in raised.value.message
    assert "\n" not in raised.value.message


def test_aliases_cannot_blow_a_document_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(BadRequestError, match="excessive aliasing"):
        read_yaml("\n".join(lines).encode())
