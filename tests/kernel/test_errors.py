"""Errors become the Status objects that clients compare byte for byte, and come back from them as the same errors."""

import json

import pytest

from kubernel.errors import (
    BY_REASON,
    AlreadyExistsError,
    Cause,
    ConflictError,
    InvalidError,
    NotFoundError,
    StatusError,
    from_status,
)


def test_status_has_the_keys_in_the_order_of_kubernetes() -> None:
    assert json.dumps(AlreadyExistsError.of("services", "mock-2").status(), separators=(",", ":")) == (
        '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"services \\"mock-2\\" already exists",'
        '"reason":"AlreadyExists","details":{"name":"mock-2","kind":"services"},"code":409}'
    )


def test_details_name_the_group_between_name_and_kind() -> None:
    status = NotFoundError.of("deployments", "web", "apps").status()
    assert status["message"] == 'deployments.apps "web" not found'
    assert list(status["details"]) == ["name", "group", "kind"]


def test_one_cause_reads_as_a_sentence_and_several_as_a_list() -> None:
    first, second = Cause("FieldValueRequired", "Required value", "spec.a"), Cause("FieldValueInvalid", "no", "spec.b")
    assert InvalidError.of("Pod", "x", [first]).message == 'Pod "x" is invalid: spec.a: Required value'
    assert InvalidError.of("Pod", "x", [first, second]).message == ('Pod "x" is invalid: [spec.a: Required value, spec.b: no]')
    causes = InvalidError.of("Pod", "x", [first]).status()["details"]["causes"]
    assert causes == [{"reason": "FieldValueRequired", "message": "Required value", "field": "spec.a"}]


@pytest.mark.parametrize("kind", BY_REASON.values(), ids=lambda kind: kind.reason)
def test_every_error_survives_the_wire(kind: type[StatusError]) -> None:
    error = kind("why", kind="pods", name="web", causes=[Cause("FieldValueInvalid", "no", "a")], retry_after=3)
    back = from_status(json.loads(json.dumps(error.status())), kind.code)
    assert type(back) is kind
    assert back.status() == error.status()


def test_an_unknown_reason_keeps_its_code() -> None:
    back = from_status({"message": "teapot", "reason": "Teapot"}, 418)
    assert (back.code, back.reason, back.message) == (418, "Teapot", "teapot")


def test_a_conflict_says_what_to_do() -> None:
    assert "please apply your changes to the latest version" in ConflictError.of("pods", "web").message
    assert ConflictError.of("pods", "web").retriable
