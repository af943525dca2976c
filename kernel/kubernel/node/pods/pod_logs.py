"""Which file holds the log that somebody asks for, and whether more will come."""

from collections.abc import Callable, Sequence
from pathlib import Path

from kubernel.errors import BadRequestError, NotFoundError
from kubernel.node.pods.container_config import log_path
from kubernel.node.pods.stopping import container_of
from kubernel.node.pods.view import view_of
from kubernel.node.surroundings import Surroundings
from kubernel.ports.client import Informer
from kubernel.ports.runtime import ContainerState
from kubernel.types.json import Object


class PodLogs:
    """See the module."""

    def __init__(self, surroundings: Surroundings, pods: Informer) -> None:
        self._around, self._pods = surroundings, pods

    def pods(self) -> Sequence[Object]:
        """The pods that run here."""
        return self._pods.list()

    def log_of(self, namespace: str, pod: str, container: str, *, previous: bool) -> tuple[Path, Callable[[], bool]]:
        """The file, and whether the container still runs.

        :raises NotFoundError: the pod is not of this node, or has no such container.
        :raises BadRequestError: there is no log yet, or no earlier one.
        """
        found = self._pods.get(f"{namespace}/{pod}")
        if found is None:
            raise NotFoundError(f'pod "{pod}" not found')
        if container_of(found, container) is None:
            raise NotFoundError(f'container "{container}" in pod "{pod}" is not available')
        view = view_of(self._around.runtime, found["metadata"]["uid"])
        newest = view.newest(container)
        if previous:
            earlier = view.previous(container)
            if earlier is None and newest is not None and newest.state is not ContainerState.RUNNING:
                # It waits to be started again: the run that has just ended is the previous one.
                earlier = newest
            if earlier is None:
                raise BadRequestError(f'previous terminated container "{container}" in pod "{pod}" not found')
            return log_path(self._around, found, container, earlier.attempt), lambda: False
        if newest is None or newest.started_at is None:
            reason = _waiting_reason(found, container)
            raise BadRequestError(f'container "{container}" in pod "{pod}" is waiting to start: {reason}')
        runs = newest.id

        def growing() -> bool:
            status = self._around.runtime.inspect(runs)
            return status is not None and status.state is ContainerState.RUNNING

        return log_path(self._around, found, container, newest.attempt), growing


def _waiting_reason(pod: Object, container: str) -> str:
    status = pod.get("status") or {}
    for entry in (*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())):
        if entry.get("name") == container:
            waiting = (entry.get("state") or {}).get("waiting") or {}
            return str(waiting.get("message") or waiting.get("reason") or "ContainerCreating")
    return "ContainerCreating"
