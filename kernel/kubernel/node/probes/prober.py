"""The probes of every running container: startup first, then liveness and readiness beside each other.

The pod's control loop calls `ensure` whenever it looks at a running container, and `forget` when one is gone. It reads verdicts,
and is woken when one changes.
"""

import threading
from datetime import datetime

from kubernel.node.probes.actions import Outcome, Target, UnsupportedActionError, action_of
from kubernel.node.probes.worker import LIVENESS, READINESS, STARTUP, ProbeWorker
from kubernel.node.surroundings import Surroundings
from kubernel.types.json import Object
from kubernel.types.references import key_of


class Prober:
    """See the module. Every method may be called from any thread, for one container by one at a time."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        self._lock = threading.Lock()
        self._workers: dict[str, dict[str, ProbeWorker]] = {}

    def ensure(self, pod: Object, target: Target, started_at: datetime, *, was_ready: bool = False) -> None:
        """See to it that the probes of a running container run that should run now.

        :param was_ready: the container was found running by a new agent, and was ready when the last one looked.
        """
        with self._lock:
            workers = self._workers.setdefault(target.container_id, {})
        container = target.container
        if STARTUP not in workers and container.get("startupProbe"):
            self._begin(workers, STARTUP, pod, target, started_at, verdict=True if was_ready else None)
        if not self.started(target.container_id):
            return
        for kind in (LIVENESS, READINESS):
            if kind not in workers and container.get(f"{kind}Probe"):
                self._begin(workers, kind, pod, target, started_at, verdict=True if was_ready else None)

    def started(self, container_id: str) -> bool:
        """Whether the startup probe has succeeded, or there is none."""
        return self._verdict(container_id, STARTUP, absent=True)

    def ready(self, container: Object, container_id: str) -> bool:
        """Whether the container is ready as far as probes say; without a readiness probe it is, once it has started."""
        return self.started(container_id) and self._verdict(container_id, READINESS, absent=not container.get("readinessProbe"))

    def unhealthy(self, container_id: str) -> str:
        """Which probe says that the container must be ended: `liveness`, `startup`, or "" for none."""
        with self._lock:
            workers = self._workers.get(container_id) or {}
        for kind in (STARTUP, LIVENESS):
            if kind in workers and workers[kind].failed:
                return kind
        return ""

    def forget(self, container_id: str) -> None:
        """The container runs no more."""
        with self._lock:
            workers = self._workers.pop(container_id, {})
        for worker in workers.values():
            worker.stop()

    def stop(self) -> None:
        """Ask nobody any more."""
        with self._lock:
            everybody = list(self._workers)
        for container_id in everybody:
            self.forget(container_id)

    def _verdict(self, container_id: str, kind: str, *, absent: bool) -> bool:
        with self._lock:
            worker = (self._workers.get(container_id) or {}).get(kind)
        return worker.verdict if worker is not None else absent

    def _begin(
        self,
        workers: dict[str, ProbeWorker],
        kind: str,
        pod: Object,
        target: Target,
        started_at: datetime,
        *,
        verdict: bool | None,
    ) -> None:
        probe, around, key = target.container[f"{kind}Probe"], self._around, key_of(pod)
        title = f"{kind.capitalize()} probe"

        def told(outcome: Outcome) -> None:
            word = "errored" if outcome.success is None else "failed"
            around.recorder.event(pod, "Warning", "Unhealthy", f"{title} {word}: {outcome.message}")

        try:
            act = action_of(probe, target, around.runtime, float(probe.get("timeoutSeconds") or 1))
        except UnsupportedActionError as error:
            around.recorder.event(pod, "Warning", "ProbeUnsupported", f"{title} of container {target.container['name']}: {error}")
            workers[kind] = ProbeWorker(
                kind, probe, lambda: Outcome(None), around.clock, around.executor, told, lambda: None, verdict
            )
            return
        worker = ProbeWorker(kind, probe, act, around.clock, around.executor, told, lambda: around.wake(key, 0.0), verdict)
        with self._lock:
            workers[kind] = worker
        worker.start(started_at)
