"""The compiled form and marshmallow itself judge every object alike: the schema stays the one definition."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields

from gadgets import Gadget
from kubernel.objects import field_types as types
from kubernel.objects import fields as f
from kubernel.objects.compiled import compiled
from kubernel.objects.core.pod.container import Container
from kubernel.objects.core.pod.volume import Volume
from kubernel.objects.meta import KindSchema, LabelSelector
from kubernel.types.json import JSON

Strategy = st.SearchStrategy[Any]

texts = st.sampled_from(["a", "a-b", "b", "80", "Bad_Name", "", "QUJD", "é"])
numbers = st.one_of(
    *[st.integers(1, 1000)] * 4,
    st.integers(-2, 70000),
    st.integers(-(1 << 64), 1 << 64),
    st.floats(allow_nan=False, allow_infinity=False),
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts, st.text(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)


def values(field: Any, depth: int) -> Strategy:
    """Values that mostly fit a field, sometimes not at all."""
    fits = fitting(field, depth)
    return st.integers(0, 40).flatmap(lambda dice: anything if dice == 0 else fits)


def fitting(field: Any, depth: int) -> Strategy:
    if isinstance(field, fields.Nested):
        return objects(f.nested_schema(field), depth - 1) if depth > 0 else st.just({})
    if isinstance(field, fields.List):
        return st.lists(values(field.inner, depth), max_size=2)
    if isinstance(field, fields.Dict):
        return st.dictionaries(texts, values(field.value_field, depth), max_size=2)
    if isinstance(field, types.TimeField):
        return st.sampled_from(["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5+01:00", "2024-13-01T00:00:00Z"])
    if isinstance(field, types.BinaryField):
        return st.sampled_from(["", "QUJD", "QUI=", "QUI"])
    if isinstance(field, types.QuantityField):
        return st.one_of(st.sampled_from(["1", "100m", "1.5Gi", "1e3", "1e40", "1K"]), numbers)
    if isinstance(field, types.IntOrStringField):
        return st.one_of(texts, numbers)
    if isinstance(field, fields.Boolean):
        return st.booleans()
    if isinstance(field, fields.Number):
        return numbers
    if field.metadata.get("enum"):
        return st.sampled_from([*field.metadata["enum"], *field.metadata["enum"], "Unheard"])
    return anything if isinstance(field, fields.Raw) else texts


def objects(schema: type[Schema], depth: int) -> Strategy:
    """Objects that mostly fit a schema: some of its fields, sometimes an unknown one."""
    declared = {field.data_key or name: field for name, field in schema._declared_fields.items()}
    needed = [name for name, field in declared.items() if field.required]

    @st.composite
    def build(draw: st.DrawFn) -> dict[str, Any]:
        chosen = draw(st.lists(st.sampled_from(sorted(declared)), unique=True, max_size=3))
        if draw(st.integers(0, 20)):
            chosen += [name for name in needed if name not in chosen]
        result = {name: draw(values(declared[name], depth)) for name in chosen}
        if not draw(st.integers(0, 9)):
            result["unheardOf"] = draw(anything)
        return result

    return build()


def marshmallow_says(schema: type[Schema], obj: JSON) -> JSON | None:
    """What marshmallow makes of an object; None where it refuses."""
    try:
        return schema().load(obj)
    except ValidationError:
        return None


def compiled_says(schema: type[Schema], obj: JSON) -> JSON | None:
    decoded = compiled(schema).decode(obj)
    if decoded.type_errors or compiled(schema).validate(decoded.object, metadata=False):
        return None
    return decoded.object


@pytest.mark.parametrize("schema", [Gadget, Container, Volume, LabelSelector, KindSchema])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_both_accept_the_same_objects_and_make_the_same_of_them(schema: type[Schema], data: st.DataObject) -> None:
    obj = data.draw(st.one_of(*[objects(schema, 4)] * 9, anything))
    assert compiled_says(schema, obj) == marshmallow_says(schema, obj)


@pytest.mark.parametrize("schema", [Gadget, Container])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_decoding_and_defaulting_twice_change_nothing_more(schema: type[Schema], data: st.DataObject) -> None:
    once = compiled(schema).decode(data.draw(objects(schema, 4))).object
    again = compiled(schema).decode(once)
    assert again.object == once
    assert not again.type_errors
    assert not again.unknown
    compiled(schema).default(once)
    twice = compiled(schema).decode(once).object
    compiled(schema).default(twice)
    assert twice == once
