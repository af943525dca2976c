"""Lifecycle hooks: `postStart` beside a container that has just started, `preStop` before it is told to end.

They may take as long as they like within the pod's grace, so they run on the executor; the control loop looks at them when they
are done.
"""

import threading
from concurrent.futures import Future

from kubernel.node.probes.actions import Outcome, Target, UnsupportedActionError, action_of
from kubernel.node.surroundings import Surroundings
from kubernel.types.json import Object


class Hooks:
    """See the module."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings

    def begin(self, key: str, handler: Object, target: Target, timeout: float) -> "Future[Outcome]":
        """Run a hook; the pod is looked at again when it has ended.

        :param timeout: seconds after which a hook by HTTP, TCP or command has failed.
        """
        around = self._around
        if "sleep" in handler:
            future = self._sleep(float(handler["sleep"].get("seconds") or 0))
        else:
            try:
                future = around.executor.submit(action_of(handler, target, around.runtime, timeout))
            except UnsupportedActionError as error:
                future = Future()
                future.set_result(Outcome(False, str(error)))
        future.add_done_callback(lambda _: around.wake(key, 0.0))
        return future

    def _sleep(self, seconds: float) -> "Future[Outcome]":
        future: Future[Outcome] = Future()
        lock = threading.Lock()

        def done() -> None:
            with lock:
                if not future.done():
                    future.set_result(Outcome(True))

        self._around.clock.call_later(seconds, done)
        return future
