"""Bringing a pod up and keeping it up: admission, volumes, sandbox, then its containers by the plan. No step waits."""

from datetime import timedelta

from kubernel.errors import StatusError
from kubernel.node.pods.container_config import host_names
from kubernel.node.pods.ending import Ending
from kubernel.node.pods.memory import PodMemory, Reason
from kubernel.node.pods.plan import Plan, make_plan
from kubernel.node.pods.rooms import Rooms
from kubernel.node.pods.stopping import container_of
from kubernel.node.pods.view import PodView, view_of
from kubernel.node.probes.actions import Target
from kubernel.node.volumes.contents import VolumeError, left_out
from kubernel.node.volumes.volumes import changes
from kubernel.ports.runtime import ContainerStatus, RuntimeFault, SandboxConfig
from kubernel.types.json import Object
from kubernel.types.pods import is_restartable_init
from kubernel.types.times import parse_time

SOON = 0.05
_ROUNDS = 8


class Running:
    """See the module."""

    def __init__(self, rooms: Rooms, ending: Ending) -> None:
        self._rooms, self._ending = rooms, ending

    def advance(self, memory: PodMemory) -> float | None:
        """What can be done now; gives the seconds until the next look."""
        around = self._rooms.around
        view = view_of(around.runtime, memory.uid)
        if not memory.admitted and memory.failure is None:
            self._admit(memory, view)
        waits = [around.config.sync_interval, self._until_deadline(memory)]
        if memory.failure is None:
            waits.append(self._bring_up(memory, view))
        else:
            waits.append(self.wind_down(memory, view))
        return min(waits)

    def _admit(self, memory: PodMemory, view: PodView) -> None:
        pod = memory.pod
        refusal = self._rooms.admission.admit(pod, running=not view.empty)
        if refusal is None and view.empty and _ran_once(pod):
            refusal = Reason("ContainersLost", "Pod was rejected: its containers are gone and it is never to be restarted")
        if refusal is None:
            memory.admitted = True
            return
        memory.failure = refusal
        self._rooms.around.recorder.event(pod, "Warning", refusal.reason, refusal.message)

    def _until_deadline(self, memory: PodMemory) -> float:
        """The seconds that an `activeDeadlineSeconds` leaves; when none are left, the pod has failed."""
        seconds, started = memory.pod["spec"].get("activeDeadlineSeconds"), (memory.pod.get("status") or {}).get("startTime")
        if seconds is None or started is None or memory.failure is not None:
            return float("inf")
        around = self._rooms.around
        left = (parse_time(started) + timedelta(seconds=seconds) - around.clock.now()).total_seconds()
        if left > 0:
            return left
        message = "Pod was active on the node longer than the specified deadline"
        memory.failure = Reason("DeadlineExceeded", message)
        around.recorder.event(memory.pod, "Normal", "DeadlineExceeded", message)
        return float("inf")

    def _bring_up(self, memory: PodMemory, view: PodView) -> float:
        """Take every step that is possible now, until one has to wait."""
        for _ in range(_ROUNDS):
            plan = self._plan(memory, view)
            if plan.finished:
                return self.wind_down(memory, view)
            wait = self._ground(memory, view)
            if wait is not None:
                return wait
            view = view_of(self._rooms.around.runtime, memory.uid)
            plan = self._plan(memory, view)
            for status, why in plan.stop:
                self._stop(memory, status, why, view)
            waits = [self._start(memory, view, container) for container in plan.start]
            view = view_of(self._rooms.around.runtime, memory.uid)
            self._watch(memory, view)
            if all(wait is not None for wait in waits):
                waits.append(self._rooms.stopping.advance(memory, view.running()))
                return min([*[wait for wait in waits if wait is not None], self._until_refresh(memory)])
            # Something has started: the next one's turn may have come.
        return SOON

    def _plan(self, memory: PodMemory, view: PodView) -> Plan:
        prober = self._rooms.prober
        return make_plan(
            memory.pod,
            view,
            unhealthy=prober.unhealthy,
            started=lambda container_id: container_id not in memory.hooks and prober.started(container_id),
        )

    # --- what containers stand on ------------------------------------------------------------------------------------

    def _ground(self, memory: PodMemory, view: PodView) -> float | None:
        """See to volumes and sandbox; the seconds until the next try where they cannot be had now, None when all is well."""
        if not self._rooms.services.synced:
            return SOON
        held = memory.held_for("", self._rooms.around.clock.monotonic())
        if held:
            return held
        try:
            self._make_volumes(memory, view)
            if view.sandbox is None:
                self._make_sandbox(memory, view)
        except (VolumeError, StatusError) as error:
            return self._trouble(memory, "FailedMount", str(error))
        except (RuntimeFault, OSError) as error:
            return self._trouble(memory, "FailedCreatePodSandBox", f"Failed to create pod sandbox: {error}")
        memory.trouble = None
        memory.retries.forget("")
        return None

    def _trouble(self, memory: PodMemory, reason: str, message: str) -> float:
        around = self._rooms.around
        if memory.trouble is None or memory.trouble.message != message:
            around.recorder.event(memory.pod, "Warning", reason, message)
        memory.trouble = Reason(reason, message)
        memory.retries.next("", around.clock.now())
        return memory.hold("", memory.retries.delay(""), around.clock.monotonic())

    def _make_volumes(self, memory: PodMemory, view: PodView) -> None:
        if memory.volumes is not None and self._until_refresh(memory) > 0:
            return
        facts = self._rooms.facts(memory.pod, view.addresses)
        memory.volumes = dict(self._rooms.volumes.prepare(facts))
        memory.volumes_at = self._rooms.around.clock.monotonic()
        for volume in memory.pod["spec"].get("volumes") or ():
            complaint = left_out(volume)
            if complaint and memory.once("VolumeIncomplete", volume["name"]):
                self._rooms.around.recorder.event(memory.pod, "Warning", "VolumeIncomplete", complaint)

    def _until_refresh(self, memory: PodMemory) -> float:
        """The seconds until volumes that may change are looked at again."""
        if not changes(memory.pod):
            return float("inf")
        around = self._rooms.around
        return max(0.0, memory.volumes_at + around.config.reference_seconds - around.clock.monotonic())

    def _make_sandbox(self, memory: PodMemory, view: PodView) -> None:
        around, pod = self._rooms.around, memory.pod
        metadata, spec = pod["metadata"], pod["spec"]
        host_network = bool(spec.get("hostNetwork"))
        address = around.config.address if host_network else self._rooms.addresses.take(memory.uid)
        directory = around.directories.pod(memory.uid)
        directory.mkdir(parents=True, exist_ok=True)
        config = SandboxConfig(
            namespace=metadata["namespace"],
            pod_name=metadata["name"],
            pod_uid=memory.uid,
            attempt=view.sandboxes[0].attempt + 1 if view.sandboxes else 0,
            hostname=around.config.node_name if host_network else host_names(pod)[-1],
            address=address,
            directory=str(directory),
            host_network=host_network,
            labels=metadata.get("labels") or {},
            annotations=metadata.get("annotations") or {},
            pod=pod,
        )
        if view.sandboxes:
            message = "Pod sandbox changed, it will be killed and re-created."
            around.recorder.event(pod, "Normal", "SandboxChanged", message)
        around.runtime.create_sandbox(config)

    # --- containers --------------------------------------------------------------------------------------------------

    def _start(self, memory: PodMemory, view: PodView, container: Object) -> float | None:
        assert memory.volumes is not None
        facts = self._rooms.facts(memory.pod, view.addresses)
        return self._rooms.starting.step(memory, view, container, facts, memory.volumes)

    def _stop(self, memory: PodMemory, status: ContainerStatus, why: str, view: PodView) -> None:
        container = container_of(memory.pod, status.name) or {}
        probe = container.get("startupProbe") if "startup probe" in why else container.get("livenessProbe")
        grace = (probe or {}).get("terminationGracePeriodSeconds")
        if grace is None:
            grace = memory.pod["spec"].get("terminationGracePeriodSeconds", 30)
        address = view.addresses[0] if view.addresses else ""
        self._rooms.stopping.begin(memory, status, float(grace), why, address)

    def _watch(self, memory: PodMemory, view: PodView) -> None:
        """Have everything that runs asked how it is, and judge the hooks that have ended."""
        initial = {c["name"] for c in memory.pod["spec"].get("initContainers") or () if not is_restartable_init(c)}
        for status in view.running():
            hook = memory.hooks.get(status.id)
            if hook is not None and hook.done():
                del memory.hooks[status.id]
                outcome = hook.result()
                if outcome.success is not True:
                    event = f"PostStartHook failed: {outcome.message}"
                    self._rooms.around.recorder.event(memory.pod, "Warning", "FailedPostStartHook", event)
                    self._stop(memory, status, f"Container {status.name} failed its postStart hook", view)
            if status.name in initial or status.id in memory.hooks:
                continue
            container = container_of(memory.pod, status.name)
            if container is not None and status.started_at is not None:
                address = view.addresses[0] if view.addresses else ""
                target = Target(container, status.id, address)
                self._rooms.prober.ensure(memory.pod, target, status.started_at, was_ready=_was_ready(memory.pod, status))

    def wind_down(self, memory: PodMemory, view: PodView) -> float:
        """The pod has failed or is done: what is left of it ends, its address and its share of the node are given back."""
        grace = float(memory.pod["spec"].get("terminationGracePeriodSeconds", 30))
        wait = self._ending.end(memory, view, grace)
        if wait is not None:
            return wait
        if view.sandbox is not None:
            self._rooms.around.runtime.stop_sandbox(view.sandbox.id)
        self._rooms.admission.release(memory.uid)
        return float("inf")


def _was_ready(pod: Object, status: ContainerStatus) -> bool:
    """Whether the API holds this very container for ready: then a new agent lets it be so until a probe says otherwise."""
    known = (pod.get("status") or {}).get("containerStatuses") or ()
    return any(entry.get("ready") and str(entry.get("containerID", "")).endswith(f"//{status.id}") for entry in known)


def _ran_once(pod: Object) -> bool:
    """Whether a pod that is never restarted has run, as its status says."""
    entries = (pod.get("status") or {}).get("containerStatuses") or ()
    return pod["spec"].get("restartPolicy") == "Never" and any(entry.get("containerID") for entry in entries)
