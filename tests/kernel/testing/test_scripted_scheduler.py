"""The scriptable scheduler keeps a scheduler's promises about its picture of the cluster."""

import pytest

from kubernel.ports.scheduler import Placement, Scheduler
from kubernel.testing.cluster_objects import make_node, make_pod
from kubernel.testing.contracts.scheduler import SchedulerContract
from kubernel.testing.scripted_scheduler import ScriptedScheduler


class TestScriptedScheduler(SchedulerContract):
    @pytest.fixture
    def scheduler(self) -> Scheduler:
        return ScriptedScheduler()


def test_the_test_may_decide() -> None:
    scheduler = ScriptedScheduler()
    scheduler.set_node(make_node("a"))
    scheduler.decide = lambda pod: Placement("b") if pod["metadata"]["name"] == "special" else None
    assert list(scheduler.schedule([make_pod("plain"), make_pod("special")])) == [Placement("a"), Placement("b")]
    assert scheduler.batches == [["default/plain", "default/special"]]
