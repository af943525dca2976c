"""Decoding prunes, checks types, and says what is wrong in the API's own words."""

import pytest

from gadgets import Gadget, gadget
from kubernel.errors import BadRequestError
from kubernel.objects.compiled import Decoded, compiled
from kubernel.types.json import JSON, Object


def decode(obj: JSON) -> Decoded:
    return compiled(Gadget).decode(obj)


def decode_spec(**spec: JSON) -> Decoded:
    return decode(gadget(**spec))


def test_a_good_object_comes_back_equal_and_fresh() -> None:
    original = gadget(selector={"a": "b"}, extra={"any": [1, None, {"x": None}]})
    decoded = decode(original)
    assert decoded == Decoded(original)
    assert decoded.object is not original
    for name in ("parts", "selector", "extra"):
        assert decoded.object["spec"][name] is not original["spec"][name]
    assert decoded.object["spec"]["extra"]["any"] is not original["spec"]["extra"]["any"]


def test_fields_keep_the_order_in_which_they_came() -> None:
    decoded = decode({"spec": {"paused": True, "parts": []}, "kind": "Gadget", "metadata": {}})
    assert list(decoded.object) == ["spec", "kind", "metadata"]


def test_unknown_fields_are_taken_away_and_named_by_their_path() -> None:
    decoded = decode_spec(
        foo=1, parts=[{"name": "a"}, {"name": "b", "bar": {}, "parts": [{"baz": None}]}], named={"k": {"qux": 1}}
    )
    assert decoded.unknown == ("spec.foo", "spec.parts[1].bar", "spec.parts[1].parts[0].baz", "spec.named.k.qux")
    assert decoded.warnings()[0] == 'unknown field "spec.foo"'
    assert decoded.object["spec"]["parts"][1] == {"name": "b", "parts": [{}]}
    assert not decoded.type_errors


def test_null_is_absence_for_a_field_and_emptiness_for_an_element() -> None:
    decoded = decode_spec(paused=None, parts=[None], selector={"a": None}, named={"k": None})
    assert decoded.object["spec"] == {"parts": [{}], "selector": {"a": ""}, "named": {"k": {}}}


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ({"replicas": "3"}, "json: cannot unmarshal string into Go struct field GadgetSpec.spec.replicas of type int32"),
        ({"replicas": 1.5}, "json: cannot unmarshal number 1.5 into Go struct field GadgetSpec.spec.replicas of type int32"),
        ({"replicas": True}, "json: cannot unmarshal bool into Go struct field GadgetSpec.spec.replicas of type int32"),
        (
            {"replicas": 1 << 31},
            "json: cannot unmarshal number 2147483648 into Go struct field GadgetSpec.spec.replicas of type int32",
        ),
        ({"budget": {}}, "json: cannot unmarshal object into Go struct field GadgetSpec.spec.budget of type int64"),
        ({"paused": "yes"}, "json: cannot unmarshal string into Go struct field GadgetSpec.spec.paused of type bool"),
        ({"ratio": "1"}, "json: cannot unmarshal string into Go struct field GadgetSpec.spec.ratio of type float64"),
        ({"parts": {}}, "json: cannot unmarshal object into Go struct field GadgetSpec.spec.parts of type []v1.Part"),
        (
            {"parts": [{"name": "a"}, {"name": 3}]},
            "json: cannot unmarshal number into Go struct field Part.spec.parts.name of type string",
        ),
        ({"parts": ["a"]}, "json: cannot unmarshal string into Go struct field GadgetSpec.spec.parts of type v1.Part"),
        (
            {"selector": []},
            "json: cannot unmarshal array into Go struct field GadgetSpec.spec.selector of type map[string]string",
        ),
        ({"selector": {"a": 1}}, "json: cannot unmarshal number into Go struct field GadgetSpec.spec.selector of type string"),
        ({"strategy": "x"}, "json: cannot unmarshal string into Go struct field GadgetSpec.spec.strategy of type v1.Probe"),
        ({"surge": []}, "json: cannot unmarshal array into Go value of type string"),
        ({"data": {"a": "QUJ"}}, "illegal base64 data at input byte 3"),
        ({"data": {"a": "Q*=="}}, "illegal base64 data at input byte 1"),
        ({"until": "soon"}, 'parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"'),
        (
            {"parts": [{"limits": {"cpu": "much"}}]},
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
    ],
)
def test_a_wrong_type_is_told_as_go_tells_it(spec: Object, error: str) -> None:
    decoded = decode_spec(**spec)
    assert decoded.type_errors == (error,)
    with pytest.raises(BadRequestError) as raised:
        decoded.accept("Gadget", "v1")
    assert raised.value.message == f'Gadget in version "v1" cannot be handled as a Gadget: {error}'


def test_what_is_no_object_at_all_is_refused() -> None:
    assert decode([]).type_errors == ("json: cannot unmarshal array into Go value of type v1.Gadget",)


def test_the_first_of_several_errors_is_told() -> None:
    decoded = decode_spec(replicas="a", paused=1)
    assert len(decoded.type_errors) == 2
    with pytest.raises(BadRequestError, match=r"spec\.replicas"):
        decoded.accept("Gadget", "v1")


def test_strictness_refuses_unknown_fields_and_names_them_all() -> None:
    decoded = decode_spec(foo=1, bar=2)
    assert decoded.accept("Gadget", "v1")["spec"].keys() == {"parts"}
    with pytest.raises(BadRequestError) as raised:
        decoded.accept("Gadget", "v1", strict=True)
    assert raised.value.message == (
        'Gadget in version "v1" cannot be handled as a Gadget: '
        'strict decoding error: unknown field "spec.foo", unknown field "spec.bar"'
    )


def test_quantities_become_their_canonical_text() -> None:
    decoded = decode_spec(parts=[{"limits": {"cpu": 0.5, "memory": "1024Mi", "pods": 3}}])
    assert decoded.object["spec"]["parts"][0]["limits"] == {"cpu": "500m", "memory": "1Gi", "pods": "3"}


def test_the_same_schema_is_compiled_once() -> None:
    assert compiled(Gadget) is compiled(Gadget)
    assert compiled(Gadget).node is compiled(Gadget).node


def test_what_is_nested_too_deep_is_refused() -> None:
    deep: JSON = []
    for _ in range(900):
        deep = [deep]
    assert decode_spec(extra=deep).type_errors == ("json: exceeded max depth",)
    part: Object = {"name": "a"}
    for _ in range(900):
        part = {"name": "a", "parts": [part]}
    assert decode_spec(parts=[part]).type_errors == ("json: exceeded max depth",)
