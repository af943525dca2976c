"""Images as a container's pull policy asks for them; who fails waits, longer each time."""

from kubernel.node.pods.memory import PodMemory, Pull, Reason
from kubernel.node.surroundings import Surroundings
from kubernel.ports.runtime import RuntimeFault
from kubernel.types.json import Object

SHOW_ERROR = 2.0
"""Seconds for which ErrImagePull is shown before ImagePullBackOff takes its place."""
UNTIL_TOLD = 60.0
"""Seconds until the next look while a pull runs; its end is told."""


class ImagePulls:
    """See the module."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings

    def ensure(self, memory: PodMemory, container: Object) -> float:
        """One step towards having the image: 0 when it is there, else the seconds until the next look.

        While it is not, `memory.waiting` says why.
        """
        image, name = container["image"], container["name"]
        pull = memory.pulls.get(name)
        if pull is not None and pull.image == image:
            return self._look(memory, name, pull)
        policy = container.get("imagePullPolicy") or "IfNotPresent"
        if policy != "Always" and self._around.runtime.image_present(image):
            if memory.once("Pulled", f"{name} {image}"):
                self._event(memory, "Normal", "Pulled", f'Container image "{image}" already present on machine')
            return 0.0
        if policy == "Never":
            message = f'Container image "{image}" is not present with pull policy of Never'
            if memory.once("ErrImageNeverPull", image):
                self._event(memory, "Warning", "ErrImageNeverPull", message)
                self._event(memory, "Warning", "Failed", "Error: ErrImageNeverPull")
            memory.waiting[name] = Reason("ErrImageNeverPull", message)
            return UNTIL_TOLD
        return self._begin(memory, name, image, always=policy == "Always")

    def _begin(self, memory: PodMemory, name: str, image: str, *, always: bool) -> float:
        around = self._around
        now = around.clock.now()
        if image in memory.pull_failures:
            failed_at, message = memory.pull_failures[image]
            wait = memory.image_retries.wait(image, failed_at, now)
            if wait > 0:
                memory.waiting[name] = Reason("ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {message}')
                if memory.once("ImagePullBackOff", f"{image} {failed_at}"):
                    self._event(memory, "Normal", "BackOff", f'Back-off pulling image "{image}"')
                    self._event(memory, "Warning", "Failed", "Error: ImagePullBackOff")
                return wait
        self._event(memory, "Normal", "Pulling", f'Pulling image "{image}"')
        pull = Pull(image, around.executor.submit(around.runtime.pull, image, always=always), now)
        pull.future.add_done_callback(lambda _: around.wake(memory.key, 0.0))
        memory.pulls[name] = pull
        memory.waiting.setdefault(name, Reason("ContainerCreating"))
        return self._look(memory, name, pull)

    def _look(self, memory: PodMemory, name: str, pull: Pull) -> float:
        if not pull.future.done():
            return UNTIL_TOLD
        del memory.pulls[name]
        now = self._around.clock.now()
        error = pull.future.exception()
        if error is None:
            took = f"{(now - pull.since).total_seconds() * 1000:.0f}ms"
            message = f'Successfully pulled image "{pull.image}" in {took} ({took} including waiting)'
            self._event(memory, "Normal", "Pulled", message)
            memory.pull_failures.pop(pull.image, None)
            memory.image_retries.forget(pull.image)
            return 0.0
        if not isinstance(error, RuntimeFault):
            raise error
        memory.pull_failures[pull.image] = (now, str(error))
        memory.image_retries.next(pull.image, now)
        memory.waiting[name] = Reason("ErrImagePull", str(error))
        self._event(memory, "Warning", "Failed", f'Failed to pull image "{pull.image}": {error}')
        self._event(memory, "Warning", "Failed", "Error: ErrImagePull")
        return SHOW_ERROR

    def _event(self, memory: PodMemory, kind: str, reason: str, message: str) -> None:
        self._around.recorder.event(memory.pod, kind, reason, message)
