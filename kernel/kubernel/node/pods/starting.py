"""Starting containers, one step at a time: back-off, image, configuration, creation, start, `postStart`.

Each step that fails leaves its reason in `memory.waiting`, in the words that `kubectl get pods` shows, and says when to go on.
"""

from collections.abc import Mapping
from pathlib import Path

from kubernel.errors import StatusError
from kubernel.node.environment.downward import PodFacts
from kubernel.node.environment.references import References
from kubernel.node.environment.service_variables import service_variables
from kubernel.node.pods.container_config import container_config, log_path
from kubernel.node.pods.hooks import Hooks
from kubernel.node.pods.images import ImagePulls
from kubernel.node.pods.memory import PodMemory, Reason
from kubernel.node.pods.view import PodView, has_ended
from kubernel.node.probes.actions import Target
from kubernel.node.surroundings import Surroundings
from kubernel.ports.client import Informer
from kubernel.ports.runtime import ContainerConfigError, ContainerStatus, RuntimeFault
from kubernel.types.json import Object

HOOK_SECONDS = 120.0


class Starting:
    """See the module."""

    def __init__(self, surroundings: Surroundings, references: References, services: Informer, hooks: Hooks) -> None:
        self._around, self._references, self._services, self._hooks = surroundings, references, services, hooks
        self._images = ImagePulls(surroundings)

    def step(
        self, memory: PodMemory, view: PodView, container: Object, facts: PodFacts, volumes: Mapping[str, Path]
    ) -> float | None:
        """Go on towards a running container; the seconds until the next look, None when it runs now."""
        name, newest = container["name"], view.newest(container["name"])
        now = self._around.clock.monotonic()
        wait = memory.held_for(_restart_key(container), now) or self._held_back(memory, container, newest)
        if not wait and (wait := self._images.ensure(memory, container)) and name not in memory.pulls:
            memory.hold(_restart_key(container), wait, now)
        if wait:
            return wait
        attempt = self._attempt(memory, view, name)
        links = memory.pod["spec"].get("enableServiceLinks", True)
        services = service_variables(self._services.list(), memory.pod["metadata"]["namespace"], links=links)
        try:
            config = container_config(container, attempt, facts, self._around, self._references, services, volumes)
        except (ContainerConfigError, StatusError) as error:
            return self._failed(memory, container, "CreateContainerConfigError", str(error))
        if newest is not None and has_ended(newest):
            memory.restarts.next(_restart_key(container), self._around.clock.now())
        assert view.sandbox is not None
        try:
            container_id = self._around.runtime.create(view.sandbox.id, config)
        except ContainerConfigError as error:
            return self._failed(memory, container, "CreateContainerConfigError", str(error))
        except RuntimeFault as error:
            return self._failed(memory, container, "CreateContainerError", str(error))
        self._event(memory, "Normal", "Created", f"Created container: {name}")
        try:
            self._around.runtime.start(container_id)
        except RuntimeFault as error:
            # A command that cannot be started leaves a container that has ended: next time it waits as such.
            return self._failed(memory, container, "RunContainerError", str(error))
        self._event(memory, "Normal", "Started", f"Started container {name}")
        memory.waiting.pop(name, None)
        memory.retries.forget(name)
        self._post_start(memory, container, container_id, facts)
        self._prune(memory, view, name)
        return None

    def _held_back(self, memory: PodMemory, container: Object, newest: ContainerStatus | None) -> float:
        """The seconds until a container that ended, or could not be made, may be tried again."""
        now, name = self._around.clock.now(), container["name"]
        if newest is None or not has_ended(newest) or newest.finished_at is None:
            return 0.0
        key = _restart_key(container)
        wait = memory.restarts.wait(key, newest.finished_at, now)
        if wait > 0:
            metadata = memory.pod["metadata"]
            whom = f"container={name} pod={metadata['name']}_{metadata['namespace']}({memory.uid})"
            how_long = _span(memory.restarts.delay(key))
            memory.waiting[name] = Reason("CrashLoopBackOff", f"back-off {how_long} restarting failed {whom}")
            if memory.once("BackOff", newest.id):
                about = f"{name} in pod {metadata['name']}_{metadata['namespace']}({memory.uid})"
                self._event(memory, "Warning", "BackOff", f"Back-off restarting failed container {about}")
        return wait

    def _attempt(self, memory: PodMemory, view: PodView, name: str) -> int:
        """The number of this run. Where the runtime has forgotten the earlier ones, the pod's status still counts them."""
        newest = view.newest(name)
        if newest is not None:
            return newest.attempt + 1 if has_ended(newest) else newest.attempt
        status = memory.pod.get("status") or {}
        for entry in (*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())):
            if entry.get("name") == name and entry.get("containerID"):
                return int(entry.get("restartCount") or 0) + 1
        return 0

    def _failed(self, memory: PodMemory, container: Object, reason: str, message: str) -> float:
        name = container["name"]
        if memory.once(reason, f"{name} {message}"):
            self._event(memory, "Warning", "Failed", f"Error: {message}")
        memory.waiting[name] = Reason(reason, message)
        memory.retries.next(name, self._around.clock.now())
        return memory.hold(_restart_key(container), memory.retries.delay(name), self._around.clock.monotonic())

    def _post_start(self, memory: PodMemory, container: Object, container_id: str, facts: PodFacts) -> None:
        handler = (container.get("lifecycle") or {}).get("postStart")
        if handler:
            address = facts.addresses[0] if facts.addresses else ""
            target = Target(container, container_id, address)
            memory.hooks[container_id] = self._hooks.begin(memory.key, handler, target, HOOK_SECONDS)

    def _prune(self, memory: PodMemory, view: PodView, name: str) -> None:
        """Forget all but the last run before this one, with its log."""
        for old in (view.containers.get(name) or ())[1:]:
            self._around.runtime.remove(old.id)
            path = log_path(self._around, memory.pod, name, old.attempt)
            for part in path.parent.glob(f"{path.name}*"):
                part.unlink(missing_ok=True)

    def _event(self, memory: PodMemory, kind: str, reason: str, message: str) -> None:
        self._around.recorder.event(memory.pod, kind, reason, message)


def _restart_key(container: Object) -> str:
    # A new image is a new story: it does not wait for the old one's failures.
    return f"{container['name']} {container['image']}"


def _span(seconds: float) -> str:
    """As durations are written in these messages: `10s`, `1m20s`, `5m0s`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
