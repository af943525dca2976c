"""Constant defaults are set in place, also in what comes to be by a default."""

from gadgets import Gadget, gadget
from kubernel.objects.compiled import compiled
from kubernel.objects.meta import ObjectMeta
from kubernel.types.json import JSON, Object


def defaulted(**spec: JSON) -> Object:
    obj = gadget(**spec)
    compiled(Gadget).default(obj)
    result: Object = obj["spec"]
    return result


def test_absent_fields_get_their_constants() -> None:
    spec = defaulted()
    assert spec["replicas"] == 1
    assert spec["surge"] == "25%"
    assert "paused" not in spec


def test_what_is_given_stays() -> None:
    spec = defaulted(replicas=0, surge=1, parts=[{"name": "a", "ports": [{"port": 1, "protocol": "UDP"}]}])
    assert (spec["replicas"], spec["surge"]) == (0, 1)
    assert spec["parts"][0]["ports"] == [{"port": 1, "protocol": "UDP"}]


def test_an_absent_object_comes_to_be_with_its_own_defaults() -> None:
    assert defaulted()["strategy"] == {"periodSeconds": 10}


def test_lists_maps_and_parts_within_parts_are_reached() -> None:
    spec = defaulted(parts=[{"name": "a", "parts": [{"name": "b", "ports": [{"port": 1}]}]}], named={"k": {"port": 2}})
    assert spec["parts"][0]["parts"][0]["ports"] == [{"port": 1, "protocol": "TCP"}]
    assert spec["named"] == {"k": {"port": 2, "protocol": "TCP"}}


def test_an_empty_text_and_a_zero_below_the_bounds_count_as_absent() -> None:
    spec = defaulted(strategy={"periodSeconds": 0}, named={"k": {"port": 2, "protocol": ""}})
    assert spec["strategy"]["periodSeconds"] == 10
    assert spec["named"]["k"]["protocol"] == "TCP"


def test_a_required_field_that_may_be_empty_is_always_written() -> None:
    assert defaulted(parts=[{"name": "a"}])["parts"][0]["note"] == ""


def test_defaults_are_not_shared_between_objects() -> None:
    assert defaulted()["strategy"] is not defaulted()["strategy"]


def test_a_schema_without_defaults_is_left_alone() -> None:
    metadata: Object = {"name": "a"}
    compiled(ObjectMeta).default(metadata)
    assert metadata == {"name": "a"}
