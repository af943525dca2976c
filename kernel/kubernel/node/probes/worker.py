"""One probe of one container: asks every `periodSeconds`, and changes its verdict after so many equal answers in a row."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime

from kubernel.node.probes.actions import Outcome
from kubernel.ports.clock import Clock, Timer
from kubernel.types.json import Object

STARTUP, LIVENESS, READINESS = "startup", "liveness", "readiness"
INITIAL: dict[str, bool] = {STARTUP: False, LIVENESS: True, READINESS: False}
"""What holds until the first verdict."""


class ProbeWorker:
    """See the module.

    :param told: called with every outcome that is not a success, on a worker's thread.
    :param changed: called when the verdict changes, likewise.
    """

    def __init__(
        self,
        kind: str,
        probe: Object,
        act: Callable[[], Outcome],
        clock: Clock,
        executor: Executor,
        told: Callable[[Outcome], None],
        changed: Callable[[], None],
        verdict: bool | None = None,
    ) -> None:
        self.kind = kind
        self.verdict = INITIAL[kind] if verdict is None else verdict
        self.failed = False
        """A verdict of failure was reached, which is more than that none was reached yet."""
        self._period = float(probe.get("periodSeconds") or 10)
        self._delay = float(probe.get("initialDelaySeconds") or 0)
        self._needed = {True: int(probe.get("successThreshold") or 1), False: int(probe.get("failureThreshold") or 3)}
        self._act, self._clock, self._executor = act, clock, executor
        self._told, self._changed = told, changed
        self._lock = threading.Lock()
        self._in_a_row: tuple[bool | None, int] = (None, 0)
        self._timer: Timer | None = None
        self._stopped = False

    def start(self, container_started: datetime) -> None:
        """Begin, after the initial delay counted from the container's start."""
        age = (self._clock.now() - container_started).total_seconds()
        self._arm(max(0.0, self._delay - age))

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._timer is not None:
                self._timer.cancel()

    def _arm(self, delay: float) -> None:
        with self._lock:
            if not self._stopped:
                self._timer = self._clock.call_later(delay, self._due)

    def _due(self) -> None:
        try:
            self._executor.submit(self._ask)
        except RuntimeError:
            # The agent is stopping and takes no more work.
            self.stop()

    def _ask(self) -> None:
        if self._stopped:
            return
        outcome = self._act()
        if self._stopped:
            return
        self._arm(self._period)
        if outcome.success is not True:
            self._told(outcome)
        if outcome.success is not None:
            self._count(outcome.success)

    def _count(self, success: bool) -> None:
        last, times = self._in_a_row
        times = times + 1 if last is success else 1
        self._in_a_row = (success, times)
        if times < self._needed[success]:
            return
        was = (self.verdict, self.failed)
        self.verdict, self.failed = success, not success
        if (self.verdict, self.failed) != was:
            self._changed()
