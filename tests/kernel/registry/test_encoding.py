"""Objects as bytes."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from kubernel.registry.encoding import copied, decode, encode, respliced, splice

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
)


def test_kind_version_and_metadata_come_first() -> None:
    value = encode({"data": {}, "metadata": {"name": "a"}, "kind": "x"}, "Config", "v1")
    assert value == b'{"kind":"Config","apiVersion":"v1","metadata":{"name":"a"},"data":{}}'
    assert splice(value, 7).startswith(b'{"kind":"Config","apiVersion":"v1","metadata":{"resourceVersion":"7","name":"a"}')


@given(st.dictionaries(st.text(max_size=10), JSON, max_size=4), st.text(max_size=20), st.integers(1, 1 << 62))
def test_the_version_is_the_only_thing_that_is_added(rest: dict[str, object], name: str, revision: int) -> None:
    obj = {**rest, "metadata": {"name": name, "annotations": {"x": '"metadata":{'}}}
    obj.pop("kind", None)
    obj.pop("apiVersion", None)
    value = encode(obj, "Config", "v1")
    seen = decode(splice(value, revision))
    assert seen["metadata"].pop("resourceVersion") == str(revision)
    assert seen == {**copied(obj), "kind": "Config", "apiVersion": "v1"}
    again = orjson.loads(respliced(splice(value, revision), 3))
    assert again["metadata"]["resourceVersion"] == "3"
