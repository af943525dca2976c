"""One probe of one container: asks every `periodSeconds`, and changes its verdict after so many equal answers in a row.

A container that is asked in the moment of its start says no, and would then wait a whole period to be ready. So, within the first
period only, startup and readiness are asked again soon, and later each time; of these extra answers only a yes counts.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime

from kubernel.node.probes.actions import Outcome
from kubernel.ports.clock import Clock, Timer
from kubernel.types.json import Object

STARTUP, LIVENESS, READINESS = "startup", "liveness", "readiness"
FIRST_EXTRA = 0.1
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
        self._timers: dict[bool, Timer] = {}
        self._extra = FIRST_EXTRA if kind != LIVENESS and not self.verdict else self._period
        self._stopped = False

    def start(self, container_started: datetime) -> None:
        """Begin, after the initial delay counted from the container's start."""
        age = (self._clock.now() - container_started).total_seconds()
        self._arm(max(0.0, self._delay - age), extra=False)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            for timer in self._timers.values():
                timer.cancel()

    def _arm(self, delay: float, *, extra: bool) -> None:
        with self._lock:
            if not self._stopped:
                self._timers[extra] = self._clock.call_later(delay, lambda: self._due(extra))

    def _due(self, extra: bool) -> None:
        try:
            self._executor.submit(self._ask, extra)
        except RuntimeError:
            # The agent is stopping and takes no more work.
            self.stop()

    def _ask(self, extra: bool) -> None:
        if self._stopped:
            return
        outcome = self._act()
        if self._stopped:
            return
        if not extra:
            self._arm(self._period, extra=False)
        if outcome.success is not True:
            # The sum of the extra delays stays below one period.
            if self._extra * 2 < self._period:
                self._arm(self._extra, extra=True)
                self._extra *= 2
            if extra:
                return
            self._told(outcome)
        else:
            self._extra = self._period
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
