"""From what a pod should be and what it is to what is to be done now: a pure function.

Init containers run one after the other to their success; those that restart always (sidecars) are started in their turn and kept
running; then all others run beside each other. Who has ended is started again as the pod's restart policy says.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kubernel.node.pods.view import PodView, has_ended
from kubernel.ports.runtime import ContainerState, ContainerStatus
from kubernel.types.json import Object
from kubernel.types.pods import is_restartable_init


@dataclass(frozen=True, slots=True)
class Plan:
    """What to start, what to stop and why, and whether nothing will ever run again."""

    start: tuple[Object, ...] = ()
    stop: tuple[tuple[ContainerStatus, str], ...] = ()
    finished: bool = False


def restarts(policy: str, status: ContainerStatus | None) -> bool:
    """Whether a container in this state is to be started."""
    if status is None or status.state is ContainerState.CREATED:
        return True
    if not has_ended(status):
        return False
    return policy == "Always" or (policy == "OnFailure" and status.exit_code != 0)


def make_plan(pod: Object, view: PodView, *, unhealthy: Callable[[str], str], started: Callable[[str], bool]) -> Plan:
    """The plan for a pod that is to run.

    :param unhealthy: which probe wants the container (by id) ended, "" for none.
    :param started: whether the container (by id) has started, as its startup probe says.
    """
    spec = pod["spec"]
    policy = spec.get("restartPolicy", "Always")
    regular, initial = spec["containers"], spec.get("initContainers") or ()
    if _finished(policy, regular, view):
        return Plan(finished=True)
    if view.sandbox is None:
        # Nothing can run without one; when it was lost, a pod that is never restarted has failed.
        return Plan(finished=policy == "Never" and bool(view.containers))
    start: list[Object] = []
    stop: list[tuple[ContainerStatus, str]] = []
    past_init = any(view.current(container["name"]) for container in regular)
    for container in initial:
        status = view.current(container["name"])
        if is_restartable_init(container):
            _keep_running(container, status, "Always", unhealthy, start, stop)
            up = status is not None and status.state is ContainerState.RUNNING and started(status.id)
            if not past_init and not up:
                return Plan(tuple(start), tuple(stop))
        elif not past_init and not _succeeded(status):
            if policy == "Never" and status is not None and has_ended(status):
                return Plan(finished=True)
            if status is None or status.state is not ContainerState.RUNNING:
                start.append(container)
            return Plan(tuple(start), tuple(stop))
    for container in regular:
        current = view.current(container["name"])
        if current is None:
            # In a new sandbox: what had ended for good in the old one stays so.
            current = view.newest(container["name"])
        _keep_running(container, current, policy, unhealthy, start, stop)
    return Plan(tuple(start), tuple(stop))


def _finished(policy: str, regular: list[Object], view: PodView) -> bool:
    newest = [view.newest(container["name"]) for container in regular]
    return all(status is not None and has_ended(status) and not restarts(policy, status) for status in newest)


def _succeeded(status: ContainerStatus | None) -> bool:
    return status is not None and has_ended(status) and status.exit_code == 0


def _keep_running(
    container: Object,
    status: ContainerStatus | None,
    policy: str,
    unhealthy: Callable[[str], str],
    start: list[Object],
    stop: list[tuple[ContainerStatus, str]],
) -> None:
    if status is not None and status.state is ContainerState.RUNNING:
        probe = unhealthy(status.id)
        if probe:
            stop.append((status, f"Container {container['name']} failed {probe} probe, will be restarted"))
        elif status.image != container["image"]:
            stop.append((status, f"Container {container['name']} definition changed, will be restarted"))
    elif restarts(policy, status):
        start.append(container)
