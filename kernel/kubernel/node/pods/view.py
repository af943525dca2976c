"""What the runtime holds of one pod, sorted so that questions about it are short."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kubernel.ports.runtime import ContainerState, ContainerStatus, Runtime, SandboxStatus


@dataclass(frozen=True, slots=True)
class PodView:
    """Sandboxes and, by name, containers of one pod; newest first."""

    sandboxes: tuple[SandboxStatus, ...] = ()
    containers: Mapping[str, tuple[ContainerStatus, ...]] = field(default_factory=dict)

    @property
    def sandbox(self) -> SandboxStatus | None:
        """The sandbox that containers may run in."""
        newest = self.sandboxes[0] if self.sandboxes else None
        return newest if newest is not None and newest.ready else None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where the pod is reached."""
        return self.sandboxes[0].addresses if self.sandboxes else ()

    @property
    def empty(self) -> bool:
        """Nothing of the pod is there."""
        return not self.sandboxes

    def newest(self, name: str) -> ContainerStatus | None:
        """The last container of this name, in whatever sandbox."""
        found = self.containers.get(name) or ()
        return found[0] if found else None

    def previous(self, name: str) -> ContainerStatus | None:
        """The one before it."""
        found = self.containers.get(name) or ()
        return found[1] if len(found) > 1 else None

    def current(self, name: str) -> ContainerStatus | None:
        """The last container of this name in the sandbox that is ready."""
        newest, sandbox = self.newest(name), self.sandbox
        return newest if newest is not None and sandbox is not None and newest.sandbox_id == sandbox.id else None

    def running(self) -> list[ContainerStatus]:
        """What runs."""
        return [s for found in self.containers.values() for s in found if s.state is ContainerState.RUNNING]


def view_of(runtime: Runtime, uid: str) -> PodView:
    """Look at the runtime."""
    sandboxes = sorted((s for s in runtime.sandboxes() if s.pod_uid == uid), key=lambda s: -s.attempt)
    if not sandboxes:
        return PodView()
    ids = {sandbox.id for sandbox in sandboxes}
    containers: dict[str, list[ContainerStatus]] = {}
    for status in runtime.containers():
        if status.sandbox_id in ids:
            containers.setdefault(status.name, []).append(status)
    order = {name: tuple(sorted(found, key=lambda s: -s.attempt)) for name, found in containers.items()}
    return PodView(tuple(sandboxes), order)


def has_ended(status: ContainerStatus) -> bool:
    """Whether it ran and does no more, or nobody knows what became of it."""
    return status.state in (ContainerState.EXITED, ContainerState.UNKNOWN)
