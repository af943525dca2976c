"""Creating objects."""

import re

import pytest

from kubernel.errors import (
    AlreadyExistsError,
    BadRequestError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RequestEntityTooLargeError,
    StatusError,
)
from registry_world import CONFIGS, LOCKS, NAMESPACES, WIDGETS, World


def test_a_new_object_gets_its_identity(world: World) -> None:
    answer = world.widget("a")
    metadata = answer.object["metadata"]
    assert answer.created
    assert metadata["name"] == "a"
    assert metadata["namespace"] == "default"
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", metadata["uid"])
    assert metadata["creationTimestamp"] == "2026-01-01T00:00:00Z"
    assert metadata["generation"] == 1
    assert metadata["resourceVersion"] == str(world.store.revision())


def test_the_answer_the_cache_and_the_bytes_agree(world: World) -> None:
    answer = world.widget("a", replicas=2)
    cached = world.registry.get(WIDGETS, "default", "a")
    assert cached.object == answer.object
    assert cached.encoded == answer.encoded
    assert answer.encoded.startswith(b'{"kind":"Widget","apiVersion":"test.io/v1","metadata":{"resourceVersion":"2",')


def test_a_kind_without_generation_gets_none(world: World) -> None:
    assert "generation" not in world.config("a").object["metadata"]


def test_defaults_are_filled_in(world: World) -> None:
    answer = world.widget("a", containers=[{"name": "c"}])
    assert answer.object["spec"] == {"replicas": 1, "containers": [{"name": "c", "image": "scratch"}]}


def test_the_callers_object_is_left_alone(world: World) -> None:
    body = {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "c"}]}}
    world.create(WIDGETS, body)
    assert body == {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "c"}]}}


def test_what_is_the_servers_is_not_taken_from_the_client(world: World) -> None:
    metadata = {
        "name": "a",
        "uid": "mine",
        "creationTimestamp": "2001-01-01T00:00:00Z",
        "deletionTimestamp": "2001-01-01T00:00:00Z",
        "selfLink": "/x",
        "generation": 7,
        "managedFields": [{"manager": "me", "operation": "Update", "fieldsType": "FieldsV1"}],
        "labels": {"a": "b"},
    }
    answer = world.create(WIDGETS, {"metadata": metadata, "status": {"phase": "Done"}})
    found = answer.object["metadata"]
    assert found["uid"] != "mine"
    assert found["creationTimestamp"].startswith("2026")
    assert not {"deletionTimestamp", "selfLink", "managedFields"} & set(found)
    assert found["generation"] == 1
    assert found["labels"] == {"a": "b"}
    assert "status" not in answer.object


def test_a_name_is_generated(world: World) -> None:
    answer = world.create(CONFIGS, {"metadata": {"generateName": "job-"}})
    assert re.fullmatch(r"job-[bcdfghjklmnpqrstvwxz2456789]{5}", answer.object["metadata"]["name"])
    assert answer.object["metadata"]["generateName"] == "job-"


def test_a_long_generated_name_keeps_its_ending(world: World) -> None:
    answer = world.create(CONFIGS, {"metadata": {"generateName": "a" * 100}})
    assert len(answer.object["metadata"]["name"]) == 63


def test_a_generated_name_that_is_taken_is_made_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.config("job-1")
    suffixes = iter(["1", "1", "2"])
    monkeypatch.setattr("kubernel.registry.identity.generated", lambda prefix: prefix + next(suffixes))
    assert world.create(CONFIGS, {"metadata": {"generateName": "job-"}}).object["metadata"]["name"] == "job-2"


def test_a_name_must_be_given(world: World) -> None:
    with pytest.raises(InvalidError) as caught:
        world.create(CONFIGS, {"metadata": {}})
    assert caught.value.message == 'Config "" is invalid: metadata.name: Required value: name or generateName is required'
    with pytest.raises(InvalidError):
        world.create(CONFIGS, {})


def test_a_bad_name_is_refused(world: World) -> None:
    with pytest.raises(InvalidError, match=r"a lowercase RFC 1123 subdomain must consist of"):
        world.config("Not/Good")


def test_a_name_that_is_taken_is_refused(world: World) -> None:
    world.widget("a")
    with pytest.raises(AlreadyExistsError) as caught:
        world.widget("a")
    assert caught.value.message == 'widgets.test.io "a" already exists'


def test_a_name_on_its_way_out_is_still_taken(world: World) -> None:
    world.create(WIDGETS, {"metadata": {"name": "a", "finalizers": ["x.io/y"]}})
    world.delete(WIDGETS, "a")
    with pytest.raises(AlreadyExistsError, match=r'^object is being deleted: widgets.test.io "a" already exists$'):
        world.widget("a")


def test_the_namespace_must_match_that_of_the_request(world: World) -> None:
    with pytest.raises(BadRequestError) as caught:
        world.create(CONFIGS, {"metadata": {"name": "a", "namespace": "other"}})
    assert caught.value.message == "the namespace of the provided object does not match the namespace sent on the request"


def test_an_object_of_the_cluster_has_no_namespace(world: World) -> None:
    with pytest.raises(InvalidError, match=r"metadata.namespace: Forbidden: not allowed on this type"):
        world.create(NAMESPACES, {"metadata": {"name": "a", "namespace": "b"}}, "")


def test_the_namespace_must_exist(world: World) -> None:
    with pytest.raises(NotFoundError) as caught:
        world.config("a", "nope")
    assert caught.value.message == 'namespaces "nope" not found'


def test_nothing_new_comes_into_a_namespace_that_goes(world: World) -> None:
    world.create(NAMESPACES, {"metadata": {"name": "short"}}, "")
    world.delete(NAMESPACES, "short", "")
    with pytest.raises(ForbiddenError) as caught:
        world.widget("a", "short")
    assert caught.value.message == (
        'widgets.test.io "a" is forbidden: unable to create new content in namespace short because it is being terminated'
    )
    assert caught.value.causes[0].reason == "NamespaceTerminating"
    assert caught.value.causes[0].message == "namespace short is being terminated"
    assert caught.value.causes[0].field == "metadata.namespace"


def test_an_unknown_field_is_told_refused_or_ignored(world: World) -> None:
    body = {"metadata": {"name": "a"}, "spec": {"foo": 1, "containers": [{"name": "c", "bar": 2}]}}
    with pytest.raises(BadRequestError) as caught:
        world.create(WIDGETS, body, field_validation="Strict")
    assert caught.value.message == (
        'Widget in version "v1" cannot be handled as a Widget: strict decoding error: '
        'unknown field "spec.foo", unknown field "spec.containers[0].bar"'
    )
    answer = world.create(WIDGETS, body, field_validation="Warn")
    assert list(answer.warnings) == ['unknown field "spec.foo"', 'unknown field "spec.containers[0].bar"']
    assert "foo" not in answer.object["spec"]
    assert not world.create(WIDGETS, {**body, "metadata": {"name": "b"}}, field_validation="Ignore").warnings


@pytest.mark.parametrize("body", [None, [], "text", 3])
def test_what_is_no_object_is_refused(world: World, body: object) -> None:
    with pytest.raises(BadRequestError, match=r"must be of type Config"):
        world.create(CONFIGS, body)


def test_another_kind_is_refused(world: World) -> None:
    with pytest.raises(BadRequestError) as caught:
        world.create(CONFIGS, {"apiVersion": "apps/v1", "kind": "Config", "metadata": {"name": "a"}})
    assert caught.value.message == "the API version in the data (apps/v1) does not match the expected API version (v1)"
    with pytest.raises(BadRequestError, match=r'^Pod in version "v1" cannot be handled as a Config'):
        world.create(CONFIGS, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}})


def test_a_value_of_the_wrong_type_is_refused(world: World) -> None:
    with pytest.raises(
        BadRequestError, match=r"cannot unmarshal string into Go struct field WidgetSpec.spec.replicas of type int32"
    ):
        world.widget("a", replicas="two")


def test_the_schema_and_the_strategy_say_everything_that_is_wrong(world: World) -> None:
    with pytest.raises(InvalidError) as caught:
        world.widget("a", replicas=-1, nodeName="nowhere")
    assert [cause.field for cause in caught.value.causes] == ["spec.replicas", "spec.nodeName"]
    assert caught.value.message.startswith('Widget.test.io "a" is invalid: [spec.replicas: Invalid value: -1: ')


def test_a_resource_version_cannot_be_brought_along(world: World) -> None:
    with pytest.raises(BadRequestError, match=r"resourceVersion should not be set on objects to be created"):
        world.create(LOCKS, {"metadata": {"name": "a", "resourceVersion": "5"}})


def test_an_object_that_is_too_large_is_refused(world: World) -> None:
    with pytest.raises(RequestEntityTooLargeError):
        world.config("a", text="x" * (2 << 20))


def test_a_dry_run_does_everything_but_write(world: World) -> None:
    before = world.store.revision()
    answer = world.create(WIDGETS, {"metadata": {"name": "a"}}, dry_run=True)
    assert answer.created
    assert answer.object["metadata"]["uid"]
    assert "resourceVersion" not in answer.object["metadata"]
    assert answer.object["spec"] == {"replicas": 1}
    assert world.store.revision() == before
    with pytest.raises(NotFoundError):
        world.get(WIDGETS, "a")
    world.widget("a")
    with pytest.raises(AlreadyExistsError):
        world.create(WIDGETS, {"metadata": {"name": "a"}}, dry_run=True)


def test_claims_are_taken_in_the_same_commit(world: World) -> None:
    world.widget("a", address="auto")
    assert world.store.get("/claims/address/0") is not None
    assert world.widget("b", address="auto").object["spec"]["address"] == "1"


def test_a_claim_that_somebody_took_meanwhile_starts_over(world: World) -> None:
    world.registry.warm([WIDGETS])
    world.store.before_commit.append(lambda: world.widget("quick", address="auto"))
    assert world.widget("slow", address="auto").object["spec"]["address"] == "1"
    assert world.get(WIDGETS, "quick")["spec"]["address"] == "0"


def test_claims_that_cannot_be_had_end_in_an_error(world: World) -> None:
    from kubernel.ports.store import Put

    world.store.commit([Put("/claims/address/0", b"stuck", 0)])
    with pytest.raises(StatusError, match=r"gave up after 16 attempts") as caught:
        world.widget("a", address="auto")
    assert caught.value.code == 500


def test_surrogates_cannot_be_stored(world: World) -> None:
    with pytest.raises(BadRequestError):
        world.config("a", text="\ud800")
