"""Which pods go first, one rule at a time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kubernel.types.json import Object
from kubernel.types.times import format_time
from kubernel_workloads.replicaset.ranking import DELETION_COST, victims

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def pod(
    name: str,
    *,
    node: str = "n1",
    phase: str = "Running",
    ready: float | None = 100.0,
    age: float = 1000.0,
    cost: str = "",
    restarts: int = 0,
) -> Object:
    metadata: dict[str, Any] = {
        "name": name,
        "uid": name,
        "creationTimestamp": format_time(NOW - timedelta(seconds=age)),
        "annotations": {DELETION_COST: cost} if cost else {},
    }
    status: dict[str, Any] = {"phase": phase, "containerStatuses": [{"restartCount": restarts}]}
    if ready is not None:
        since = format_time(NOW - timedelta(seconds=ready))
        status["conditions"] = [{"type": "Ready", "status": "True", "lastTransitionTime": since}]
    return {"metadata": metadata, "spec": {"nodeName": node} if node else {}, "status": status}


@pytest.mark.parametrize(
    ("goes", "stays"),
    [
        (pod("a", node=""), pod("b", phase="Pending", ready=None)),
        (pod("a", phase="Pending", ready=None), pod("b", phase="Unknown", ready=None)),
        (pod("a", phase="Unknown"), pod("b", ready=None)),
        (pod("a", ready=None), pod("b", cost="-5")),
        (pod("a", cost="-5"), pod("b")),
        (pod("a"), pod("b", cost="7")),
        (pod("a", ready=10), pod("b", ready=100)),
        (pod("a", restarts=3), pod("b", restarts=2)),
        (pod("a", age=100), pod("b", age=1000)),
    ],
    ids=["unassigned", "pending", "unknown", "not ready", "cheap", "free", "ready for less", "restarted", "young"],
)
def test_one_rule_decides_before_the_next(goes: Object, stays: Object) -> None:
    for order in ([goes, stays], [stays, goes]):
        assert victims(order, order, 1, NOW) == [goes]


def test_pods_that_crowd_a_node_go_first() -> None:
    lonely, one, two = pod("a", node="n1"), pod("b", node="n2"), pod("c", node="n2")
    assert victims([lonely, one], [lonely, one, two], 1, NOW) == [one]


def test_pods_of_about_the_same_age_are_chosen_by_uid_not_by_second() -> None:
    older, younger = pod("a", age=1000), pod("b", age=999)
    assert victims([older, younger], [], 1, NOW) == [older]


def test_all_go_when_as_many_are_asked_for() -> None:
    pods = [pod("a"), pod("b")]
    assert victims(pods, [], 2, NOW) == pods


def test_a_cost_that_is_no_number_counts_as_none() -> None:
    odd, cheap = pod("a", cost="many"), pod("b", cost="-1")
    assert victims([odd, cheap], [], 1, NOW) == [cheap]
