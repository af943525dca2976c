"""The scheduling loop: one thread that keeps the scheduler's picture, takes what waits in batches, and hands decisions on.

Informers only mark keys. The thread compares each marked object with the state that it worked with last, so a change that was
missed, doubled or overtaken makes no difference: what counts is how things are. A decision is assumed at once and bound
elsewhere; a binding that fails takes the assumption back and the pod to the queue. Everything here can be rebuilt from the
API, so that a restart simply begins.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence

from kubernel.errors import StatusError
from kubernel.ports.client import Client
from kubernel.ports.clock import Clock, Timer
from kubernel.ports.controller import EventRecorder
from kubernel.ports.scheduler import Decision, Placement, Scheduler
from kubernel.scheduling.pods import (
    DEFAULT_SCHEDULER,
    node_of,
    occupies,
    priority_of,
    same_node,
    same_to_schedulers,
    wants_node,
)
from kubernel.scheduling.queue import Place, PodQueue
from kubernel.scheduling.writer import DecisionWriter
from kubernel.types.json import Object
from kubernel.types.references import key_of
from kubernel.types.well_known import NODES, PODS

BATCH = 256
UNDER_WAY = 2048
"""So many writes may be under way before the next batch waits for them."""
_log = logging.getLogger(__name__)


class SchedulingLoop:
    """`start` and `stop` are each called once."""

    def __init__(
        self,
        client: Client,
        scheduler: Scheduler,
        recorder: EventRecorder,
        clock: Clock,
        scheduler_name: str = DEFAULT_SCHEDULER,
    ) -> None:
        self._scheduler, self._clock, self._name = scheduler, clock, scheduler_name
        self._pod_informer = client.informer(PODS)
        self._node_informer = client.informer(NODES)
        self._writer = DecisionWriter(client, recorder, clock, self._bind_failed)
        self._queue = PodQueue(clock)
        self._pods: dict[str, Object] = {}
        self._nodes: dict[str, Object] = {}
        self._assumed: dict[str, str] = {}
        """Uids of the pods that were decided and that the informer does not show on their node yet."""
        self._changed = threading.Condition()
        self._marked_pods: dict[str, None] = {}
        self._marked_nodes: dict[str, None] = {}
        self._refused: deque[Object] = deque()
        self._due = False
        self._timer: tuple[float, Timer] | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="scheduling", daemon=True)

    def start(self) -> None:
        """Follow pods and nodes; decisions begin once both are known."""
        self._node_informer.add_handler(lambda old, new: self._mark(self._marked_nodes, old, new))
        self._pod_informer.add_handler(lambda old, new: self._mark(self._marked_pods, old, new))
        self._thread.start()

    def stop(self) -> None:
        """Decide nothing more, and finish the bindings that are under way."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        if self._timer is not None:
            self._timer[1].cancel()
        self._writer.stop()

    def places(self) -> dict[Place, int]:
        """How many pods wait where."""
        return self._queue.places()

    # --- from other threads

    def _mark(self, marked: dict[str, None], old: Object | None, new: Object | None) -> None:
        changed = new or old
        if changed is not None:
            with self._changed:
                marked[key_of(changed)] = None
                self._changed.notify()

    def _bind_failed(self, pod: Object, error: StatusError) -> None:
        _log.info("binding of pod %s failed: %s", key_of(pod), error)
        with self._changed:
            self._refused.append(pod)
            self._changed.notify()

    def _poke(self) -> None:
        with self._changed:
            self._due = True
            self._changed.notify()

    # --- the scheduling thread

    def _run(self) -> None:
        while not (self._node_informer.wait_synced(0.5) and self._pod_informer.wait_synced(0.5)):
            if self._stopped:
                return
        with self._changed:
            self._marked_nodes.update(dict.fromkeys(key_of(node) for node in self._node_informer.list()))
            self._marked_pods.update(dict.fromkeys(key_of(pod) for pod in self._pod_informer.list()))
        while self._wait():
            self._turn()

    def _wait(self) -> bool:
        """Wait for something to do; False when the loop is to end."""
        due = self._queue.next_due()
        if due is not None and (self._timer is None or self._timer[0] != due):
            if self._timer is not None:
                self._timer[1].cancel()
            self._timer = (due, self._clock.call_later(max(due - self._clock.monotonic(), 0.001), self._poke))
        with self._changed:
            self._changed.wait_for(self._something_to_do, None if not self._queue.ready else 0.05)
            if self._due:
                self._due, self._timer = False, None
            return not self._stopped

    def _something_to_do(self) -> bool:
        marked = self._marked_nodes or self._marked_pods or self._refused
        return bool(marked or self._due or self._stopped or (self._queue.ready and self._writer.under_way < UNDER_WAY))

    def _turn(self) -> None:
        with self._changed:
            nodes, pods, refused = list(self._marked_nodes), list(self._marked_pods), list(self._refused)
            self._marked_nodes.clear()
            self._marked_pods.clear()
            self._refused.clear()
        happened: set[str] = set()
        for key in nodes:
            happened |= self._seen(self._node_changed, key)
        for key in pods:
            happened |= self._seen(self._pod_changed, key)
        for pod in refused:
            happened |= self._take_back(pod)
        if happened:
            self._queue.wake(happened)
        self._queue.release()
        room = UNDER_WAY - self._writer.under_way
        if room > 0:
            self._decide(self._queue.take(min(BATCH, room)))

    def _seen(self, change: Callable[[str], set[str]], key: str) -> set[str]:
        """Take over one change; gives the kinds of change that waiting pods are woken by."""
        try:
            return change(key)
        except Exception:  # noqa: BLE001 - the worker loop: a scheduler's bug with one object must not lose the others
            _log.exception("the scheduler failed on a change of %s", key)
            return set()

    def _node_changed(self, name: str) -> set[str]:
        old, new = self._nodes.get(name), self._node_informer.get(name)
        if new is None:
            if self._nodes.pop(name, None) is None:
                return set()
            self._scheduler.remove_node(name)
            return {"NodeChanged"}
        self._nodes[name] = new
        if old is not None and same_node(old, new):
            return set()
        self._scheduler.set_node(new)
        return {"NodeAdded"} if old is None else {"NodeChanged"}

    def _pod_changed(self, key: str) -> set[str]:
        old, new = self._pods.get(key), self._pod_informer.get(key)
        happened: set[str] = set()
        if old is not None and new is not None and old["metadata"].get("uid") != new["metadata"].get("uid"):
            happened |= self._pod_gone(key, old)
            old = None
        if new is None or not (occupies(new) or wants_node(new, self._name)):
            return happened | self._pod_gone(key, old)
        self._pods[key] = new
        if occupies(new):
            return happened | self._pod_placed(key, old, new)
        if key not in self._assumed:
            self._queue.add(key, priority_of(new))
            if old is not None and not same_to_schedulers(old, new):
                self._queue.wake_pod(key)
        return happened

    def _pod_placed(self, key: str, old: Object | None, new: Object) -> set[str]:
        self._assumed.pop(key, None)
        self._queue.remove(key)
        if old is not None and node_of(old) and same_to_schedulers(old, new):
            return set()
        self._scheduler.set_pod(new)
        return {"PodAdded"} if old is None or not node_of(old) else {"PodChanged"}

    def _pod_gone(self, key: str, old: Object | None) -> set[str]:
        """The pod is deleted, done, or no longer ours to place."""
        self._pods.pop(key, None)
        self._queue.remove(key)
        if self._assumed.pop(key, None) is None and (old is None or not node_of(old)):
            return set()
        self._scheduler.remove_pod(key)
        return {"PodRemoved"}

    def _take_back(self, pod: Object) -> set[str]:
        """A binding failed. If the pod has found its way onto a node all the same, its informer says so."""
        key = key_of(pod)
        if self._assumed.get(key) != pod["metadata"].get("uid"):
            return set()
        del self._assumed[key]
        self._scheduler.remove_pod(key)
        self._queue.retry(key)
        return {"PodRemoved"}

    def _decide(self, keys: Sequence[str]) -> None:
        pods = [self._pods[key] for key in keys]
        if not pods:
            return
        try:
            decisions = self._scheduler.schedule(pods)
        except Exception:  # noqa: BLE001 - the worker loop: find the pod that breaks the scheduler, and place the others
            _log.exception("the scheduler failed on a batch of %d pods", len(pods))
            for pod in pods:
                self._decide_alone(pod)
            return
        for pod, decision in zip(pods, decisions, strict=True):
            self._decided(pod, decision)

    def _decide_alone(self, pod: Object) -> None:
        try:
            (decision,) = self._scheduler.schedule([pod])
        except Exception:  # noqa: BLE001 - the worker loop: this is the pod; it is tried again later
            _log.exception("the scheduler failed on pod %s", key_of(pod))
            self._queue.retry(key_of(pod))
        else:
            self._decided(pod, decision)

    def _decided(self, pod: Object, decision: Decision) -> None:
        key = key_of(pod)
        if isinstance(decision, Placement):
            self._assumed[key] = pod["metadata"].get("uid", "")
            self._writer.bind(pod, decision.node_name)
        else:
            self._queue.park(key, decision.wakers)
            self._writer.tell_unschedulable(pod, decision.message())
