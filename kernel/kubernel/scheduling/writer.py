"""Writes what was decided, off the scheduling thread: bindings, events, and the condition by which a pod says why it waits.

Many writes are under way at a time, so that a server which commits in groups can do so.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from kubernel.errors import NotFoundError, StatusError
from kubernel.ports.client import Client
from kubernel.ports.clock import Clock
from kubernel.ports.controller import EventRecorder
from kubernel.types.json import Object
from kubernel.types.references import key_of
from kubernel.types.times import format_time
from kubernel.types.well_known import PODS

WRITERS = 16
_log = logging.getLogger(__name__)


class DecisionWriter:
    """A small pool of threads; `failed` is told (on one of them) of each binding that was refused."""

    def __init__(
        self, client: Client, recorder: EventRecorder, clock: Clock, failed: Callable[[Object, StatusError], None]
    ) -> None:
        self._client, self._recorder, self._clock = client, recorder, clock
        self._failed = failed
        self._pool = ThreadPoolExecutor(WRITERS, thread_name_prefix="binding")
        self._lock = threading.Lock()
        self._under_way = 0

    @property
    def under_way(self) -> int:
        """How many writes were asked for and are not done."""
        return self._under_way

    def bind(self, pod: Object, node_name: str) -> None:
        """Bind the pod to a node."""
        self._submit(self._bind, pod, node_name)

    def tell_unschedulable(self, pod: Object, message: str) -> None:
        """Say that no node takes the pod: an event each time, the condition only when it changes."""
        self._recorder.event(pod, "Warning", "FailedScheduling", message)
        present = condition_of(pod)
        if (present.get("status"), present.get("reason"), present.get("message")) != ("False", "Unschedulable", message):
            self._submit(self._patch, pod, message)

    def stop(self) -> None:
        """Finish what is under way, drop what has not begun: it is decided anew by whoever comes after."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, work: Callable[[Object, str], None], pod: Object, argument: str) -> None:
        with self._lock:
            self._under_way += 1
        self._pool.submit(self._run, work, pod, argument)

    def _run(self, work: Callable[[Object, str], None], pod: Object, argument: str) -> None:
        try:
            work(pod, argument)
        except Exception:  # noqa: BLE001 - the worker loop: a bug in one write must be seen, and must not end the others
            _log.exception("writing the decision for pod %s failed", key_of(pod))
        finally:
            with self._lock:
                self._under_way -= 1

    def _bind(self, pod: Object, node_name: str) -> None:
        metadata = pod["metadata"]
        name, namespace = metadata["name"], metadata["namespace"]
        binding = {
            "kind": "Binding",
            "apiVersion": "v1",
            "metadata": {"name": name, "namespace": namespace, "uid": metadata.get("uid", "")},
            "target": {"kind": "Node", "apiVersion": "v1", "name": node_name},
        }
        try:
            self._client.create(PODS, binding, namespace, name=name, subresource="binding")
        except StatusError as error:
            self._failed(pod, error)
            return
        self._recorder.event(
            pod, "Normal", "Scheduled", f"Successfully assigned {namespace}/{name} to {node_name}", action="Binding"
        )

    def _patch(self, pod: Object, message: str) -> None:
        metadata, present = pod["metadata"], condition_of(pod)
        condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
        if present.get("status") != "False":
            condition["lastTransitionTime"] = format_time(self._clock.now())
        try:
            self._client.patch(
                PODS,
                metadata["name"],
                {"metadata": {"uid": metadata["uid"]}, "status": {"conditions": [condition]}},
                metadata["namespace"],
                patch_type="application/strategic-merge-patch+json",
                subresource="status",
            )
        except NotFoundError:
            return  # deleted meanwhile: nobody is left to read it
        except StatusError as error:
            _log.warning("condition of pod %s not written: %s", key_of(pod), error)


def condition_of(pod: Object) -> Object:
    """The pod's PodScheduled condition, or an empty one."""
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition["type"] == "PodScheduled":
            found: Object = condition
            return found
    return {}
