"""Selectors: the text grammar, the object form, and that the two agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubernel.types.selectors import EVERYTHING, label_selector, map_selector, parse_field_selector, parse_label_selector

WORDS = st.from_regex(r"[a-z]([a-z0-9]{0,5})", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "labels", "matches"),
    [
        ("", {}, True),
        ("a=b", {"a": "b"}, True),
        ("a==b", {"a": "c"}, False),
        ("a!=b", {}, True),
        ("a!=b", {"a": "b"}, False),
        ("a in (b, c)", {"a": "c"}, True),
        ("a in (b,c)", {}, False),
        ("a notin (b,c)", {}, True),
        ("a notin (b,c)", {"a": "b"}, False),
        ("a", {"a": ""}, True),
        ("!a", {"a": ""}, False),
        ("a>3", {"a": "4"}, True),
        ("a<3", {"a": "4"}, False),
        ("a>3", {"a": "many"}, False),
        ("a=,b", {"a": "", "b": "x"}, True),
        (" a = b , example.com/c in (x) ", {"a": "b", "example.com/c": "x"}, True),
        ("in=x", {"in": "x"}, True),
    ],
)
def test_label_selectors(text: str, labels: dict[str, str], matches: bool) -> None:
    assert parse_label_selector(text).matches(labels) is matches


@pytest.mark.parametrize("text", ["a in b", "a in (b", "=b", "a==b=c", "a,,b", "a b", "a>x", "!a=b", "a=b!", "-a=b", "a=-b", ","])
def test_broken_label_selectors(text: str) -> None:
    with pytest.raises(ValueError, match="unable to parse requirement"):
        parse_label_selector(text)


def test_field_selectors_know_equality_only() -> None:
    selector = parse_field_selector("metadata.name=web,status.phase!=Running")
    assert selector.matches({"metadata.name": "web", "status.phase": "Pending"})
    assert not selector.matches({"metadata.name": "web", "status.phase": "Running"})
    assert selector.exact() == {"metadata.name": "web"}
    with pytest.raises(ValueError, match="invalid field selector"):
        parse_field_selector("metadata.name")


def test_exact_names_what_an_index_can_answer() -> None:
    assert parse_label_selector("a=b,c in (d),e in (f,g),h!=i,j").exact() == {"a": "b", "c": "d"}


def test_the_object_form_says_the_same() -> None:
    selector = label_selector(
        {
            "matchLabels": {"app": "web"},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["front", "back"]},
                {"key": "old", "operator": "DoesNotExist"},
            ],
        }
    )
    assert selector == parse_label_selector("app=web,tier in (front,back),!old")
    assert label_selector(None) == label_selector({}) == EVERYTHING
    assert map_selector({"a": "b"}) == parse_label_selector("a=b")


@given(st.dictionaries(WORDS, WORDS, max_size=4), st.dictionaries(WORDS, WORDS, max_size=4))
def test_a_map_selects_exactly_the_supersets_of_itself(wanted: dict[str, str], labels: dict[str, str]) -> None:
    assert map_selector(wanted).matches(labels) == (wanted.items() <= labels.items())


@given(
    st.lists(
        st.one_of(
            st.tuples(WORDS, st.just("In"), st.sets(WORDS, min_size=1, max_size=3)),
            st.tuples(WORDS, st.just("NotIn"), st.sets(WORDS, min_size=1, max_size=3)),
            st.tuples(WORDS, st.sampled_from(["Exists", "DoesNotExist"]), st.just(set())),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_text_and_object_form_translate_into_each_other(terms: list[tuple[str, str, set[str]]]) -> None:
    expressions = [{"key": key, "operator": operator, "values": sorted(values)} for key, operator, values in terms]
    selector = label_selector({"matchExpressions": expressions})
    assert parse_label_selector(str(selector)) == selector
