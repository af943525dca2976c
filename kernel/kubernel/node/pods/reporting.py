"""Tells the API how a pod is, whenever that has changed.

The informer may lag behind our own last write; so the pod that is compared with is the newer of the two.
"""

from kubernel.errors import ConflictError, NotFoundError
from kubernel.node.pods.container_statuses import Observed
from kubernel.node.pods.memory import PodMemory, Reason
from kubernel.node.pods.rooms import Rooms
from kubernel.node.pods.status import Circumstances, pod_status, rejected_status, status_patch
from kubernel.node.pods.stopping import container_of
from kubernel.node.pods.termination_messages import termination_message
from kubernel.node.pods.view import PodView, has_ended
from kubernel.types.json import Object
from kubernel.types.pods import is_finished, is_restartable_init, is_terminating, phase_of
from kubernel.types.well_known import PODS

POD_INITIALIZING = Reason("PodInitializing")


class Reporting:
    """See the module."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def report(self, memory: PodMemory, view: PodView, *, ended: bool = False) -> None:
        """Write the status if it changed.

        :param ended: nothing of the pod runs any more, and nothing will.
        :raises StatusError: it could not be written; a pod that is gone is none of our business.
        """
        around = self._rooms.around
        base = newer(memory.pod, memory.latest)
        if memory.failure is not None and view.empty:
            status = rejected_status(base, memory.failure, around.config.address, around.clock.now())
        else:
            circumstances = Circumstances(
                around.config.address,
                around.clock.now(),
                around.runtime.capabilities.mount_paths if base["spec"].get("volumes") else True,
                memory.failure,
                ending=is_terminating(base),
                ended=ended,
                phase=phase_of(base) if is_finished(base) else "",
            )
            status = pod_status(base, view, self._observed(memory, view), circumstances)
        patch = status_patch(base.get("status") or {}, status)
        if not patch:
            return
        metadata = base["metadata"]
        body = {"metadata": {"uid": memory.uid}, "status": patch}
        try:
            memory.latest = around.client.patch(
                PODS,
                metadata["name"],
                body,
                metadata["namespace"],
                patch_type="application/strategic-merge-patch+json",
                subresource="status",
            )
        except NotFoundError:
            return
        except ConflictError:
            # It is another pod by now (the uid differs), or somebody wrote at the same moment: the informer will tell.
            around.wake(memory.key, 0.1)

    def _observed(self, memory: PodMemory, view: PodView) -> Observed:
        prober = self._rooms.prober
        running = {status.id: status for status in view.running()}
        started = {i for i in running if i not in memory.hooks and prober.started(i)}
        stopping = set(memory.stops)
        ready = set()
        for container_id in started - stopping:
            container = container_of(memory.pod, running[container_id].name)
            if container is not None and prober.ready(container, container_id):
                ready.add(container_id)
        for found in view.containers.values():
            for status in found[:2]:
                if has_ended(status) and status.id not in memory.messages:
                    prober.forget(status.id)
                    memory.messages[status.id] = termination_message(self._rooms.around, memory.pod, status)
        waiting = dict(memory.waiting)
        if _waits_for_init(memory.pod, view):
            for container in memory.pod["spec"]["containers"]:
                waiting.setdefault(container["name"], POD_INITIALIZING)
        return Observed(self._rooms.around.runtime.status().name, waiting, frozenset(ready), frozenset(started), memory.messages)


def _waits_for_init(pod: Object, view: PodView) -> bool:
    initial = [c for c in pod["spec"].get("initContainers") or () if not is_restartable_init(c)]
    regular = pod["spec"]["containers"]
    return bool(initial) and not any(view.newest(container["name"]) for container in regular)


def newer(pod: Object, latest: Object | None) -> Object:
    """Whichever of two states of one pod is the later one."""
    if latest is None or latest["metadata"].get("uid") != pod["metadata"].get("uid"):
        return pod
    try:
        ours, theirs = (int(obj["metadata"]["resourceVersion"]) for obj in (latest, pod))
    except (KeyError, ValueError):
        return pod
    return latest if ours > theirs else pod
