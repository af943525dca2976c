"""The control loop of this node's pods: looks at one pod, takes every step that needs no waiting, says when to look again.

Level-triggered: whatever woke it, it compares the pod as the API has it with what the runtime holds. A pod that is gone from the
API, or has become another one under the same name, is ended; one that is on its way out is ended within its grace and then
released; any other is brought up.
"""

import threading
from collections.abc import Sequence

from kubernel.errors import ConflictError, NotFoundError
from kubernel.node.pods.ending import Ending
from kubernel.node.pods.memory import PodMemory
from kubernel.node.pods.reporting import Reporting, newer
from kubernel.node.pods.rooms import Rooms
from kubernel.node.pods.running import Running
from kubernel.node.pods.view import view_of
from kubernel.ports.client import Informer, Preconditions
from kubernel.ports.controller import Watch
from kubernel.types.json import Object
from kubernel.types.pods import is_finished, is_terminating
from kubernel.types.references import key_of, split_key
from kubernel.types.well_known import PODS

MIRROR = "kubernetes.io/config.mirror"
GONE_GRACE = 2.0
"""Seconds for a pod that the API has forgotten already."""


class PodLoop:
    """A `kubernel.ports.controller.Controller`."""

    name = "node-agent"

    def __init__(self, rooms: Rooms, pods: Informer) -> None:
        self._rooms, self._pods = rooms, pods
        self._lock = threading.Lock()
        self._memories: dict[str, dict[str, PodMemory]] = {}
        self._ending = Ending(rooms)
        self._running = Running(rooms, self._ending)
        self._reporting = Reporting(rooms)

    def watches(self) -> Sequence[Watch]:
        return [Watch(PODS, field_selector=f"spec.nodeName={self._rooms.around.config.node_name}")]

    def sync(self, key: str) -> float | None:
        pod = self._pods.get(key)
        uid = str(pod["metadata"]["uid"]) if pod is not None else ""
        waits = [self._let_go(memory) for memory in self._remembered(key) if memory.uid != uid]
        if pod is not None and MIRROR not in (pod["metadata"].get("annotations") or {}):
            waits.append(self._look_after(self._memory(key, pod)))
        return min((wait for wait in waits if wait is not None), default=None)

    def found(self, pod: Object) -> None:
        """The runtime holds this pod (as far as it is known: name and uid): it is looked after, or ended if the API has none."""
        self._memory(key_of(pod), pod)

    def memories(self) -> Sequence[PodMemory]:
        """Every pod that is looked after."""
        with self._lock:
            return [memory for of_key in self._memories.values() for memory in of_key.values()]

    # --- one pod -----------------------------------------------------------------------------------------------------

    def _look_after(self, memory: PodMemory) -> float | None:
        wait: float | None
        if is_terminating(newer(memory.pod, memory.latest)):
            return self._terminate(memory)
        if is_finished(memory.pod):
            view = view_of(self._rooms.around.runtime, memory.uid)
            if view.sandbox is None:
                # Nothing to run; what it left is kept for who asks for its log.
                self._rooms.admission.release(memory.uid)
                return None
            wait = self._running.wind_down(memory, view)
        else:
            wait = self._running.advance(memory)
        self._reporting.report(memory, view_of(self._rooms.around.runtime, memory.uid))
        return wait

    def _terminate(self, memory: PodMemory) -> float | None:
        around = self._rooms.around
        metadata, spec = memory.pod["metadata"], memory.pod["spec"]
        grace = metadata.get("deletionGracePeriodSeconds")
        if grace is None:
            grace = spec.get("terminationGracePeriodSeconds", 30)
        view = view_of(around.runtime, memory.uid)
        wait = self._ending.end(memory, view, float(grace))
        if wait is not None:
            self._reporting.report(memory, view_of(around.runtime, memory.uid))
            return wait
        if not view.empty:
            self._reporting.report(memory, view, ended=True)
            self._ending.clean(memory, view)
        self._release(memory)
        return None

    def _release(self, memory: PodMemory) -> None:
        """Nothing of the pod is left here: the API may forget it too."""
        if memory.released:
            return
        namespace, name = split_key(memory.key)
        try:
            self._rooms.around.client.delete(PODS, name, namespace, grace_seconds=0, preconditions=Preconditions(uid=memory.uid))
        except (NotFoundError, ConflictError):
            # Somebody else was faster, or it is another pod by now.
            memory.released = True
            return
        memory.released = True

    def _let_go(self, memory: PodMemory) -> float | None:
        """End a pod that the API no longer has, and forget it."""
        view = view_of(self._rooms.around.runtime, memory.uid)
        wait = self._ending.end(memory, view, GONE_GRACE)
        if wait is not None:
            return wait
        self._ending.clean(memory, view)
        with self._lock:
            self._memories.get(memory.key, {}).pop(memory.uid, None)
            if not self._memories.get(memory.key):
                self._memories.pop(memory.key, None)
        return None

    # --- memories ----------------------------------------------------------------------------------------------------

    def _remembered(self, key: str) -> Sequence[PodMemory]:
        with self._lock:
            return list(self._memories.get(key, {}).values())

    def _memory(self, key: str, pod: Object) -> PodMemory:
        uid = str(pod["metadata"]["uid"])
        with self._lock:
            memory = self._memories.setdefault(key, {}).setdefault(uid, PodMemory(key, uid, pod))
        if "spec" in pod:
            memory.pod = pod
        return memory
