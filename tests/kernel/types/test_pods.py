"""What can be said of a pod by looking at it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kubernel.types.conditions import condition_status, find_condition, with_condition
from kubernel.types.pods import is_active, is_available, is_finished, is_ready, qos_class, ready_since

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def pod(phase: str = "Running", ready: str = "", since: str = "", **metadata: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": ready, "lastTransitionTime": since}] if ready else []
    return {"metadata": {"name": "p", **metadata}, "status": {"phase": phase, "conditions": conditions}}


def test_a_finished_or_leaving_pod_is_not_active() -> None:
    assert is_active(pod())
    assert is_finished(pod("Failed"))
    assert not is_active(pod("Succeeded"))
    assert not is_active(pod(deletionTimestamp="2026-01-01T12:00:00Z"))


def test_a_pod_is_available_once_it_has_been_ready_long_enough() -> None:
    ready = pod(ready="True", since="2026-01-01T11:59:50Z")
    assert is_ready(ready)
    assert ready_since(ready) == datetime(2026, 1, 1, 11, 59, 50, tzinfo=UTC)
    assert [is_available(ready, seconds, NOW) for seconds in (0, 10, 11)] == [True, True, False]
    assert not is_available(pod(ready="False", since="2026-01-01T11:00:00Z"), 0, NOW)
    assert ready_since(pod(ready="False")) is None


def with_resources(*resources: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"containers": [{"resources": each} for each in resources], **spec}


BOTH = {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (with_resources({}), "BestEffort"),
        (with_resources({"requests": {"cpu": "0"}}), "BestEffort"),
        (with_resources({"limits": {"example.com/gpu": "1"}}), "BestEffort"),
        (with_resources({"limits": BOTH, "requests": BOTH}), "Guaranteed"),
        (with_resources({"limits": BOTH, "requests": {"cpu": "1000m", "memory": "1024Mi"}}), "Guaranteed"),
        (with_resources({"limits": BOTH, "requests": {"cpu": "500m", "memory": "1Gi"}}), "Burstable"),
        (with_resources({"limits": BOTH}, {}), "Burstable"),
        (with_resources({"requests": {"cpu": "1"}}), "Burstable"),
        (with_resources({"limits": BOTH}, initContainers=[{}]), "Burstable"),
        (with_resources({}, resources={"limits": BOTH, "requests": BOTH}), "Guaranteed"),
    ],
)
def test_the_quality_of_service_follows_from_resources(spec: dict[str, Any], expected: str) -> None:
    assert qos_class(spec) == expected


def test_a_condition_keeps_its_time_while_its_status_stays() -> None:
    first = with_condition(None, {"type": "Ready", "status": "False", "reason": "A"}, NOW)
    later = datetime(2026, 1, 1, 13, 0, tzinfo=UTC)
    second = with_condition(first, {"type": "Ready", "status": "False", "reason": "B"}, later)
    assert (second[0]["reason"], second[0]["lastTransitionTime"]) == ("B", "2026-01-01T12:00:00Z")
    third = with_condition([{"type": "Other", "status": "True"}, *second], {"type": "Ready", "status": "True"}, later)
    assert [condition["type"] for condition in third] == ["Other", "Ready"]
    assert third[1]["lastTransitionTime"] == "2026-01-01T13:00:00Z"
    assert first[0]["reason"] == "A"
    assert condition_status({"status": {"conditions": third}}, "Ready") == "True"
    assert find_condition({}, "Ready") is None
