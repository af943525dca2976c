"""Brings a deployment's pods from one template to the next, by way of a replica set for each template."""

from collections.abc import Iterable, Sequence

from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.conditions import find_condition
from kubernel.types.json import Object
from kubernel.types.pods import is_terminating
from kubernel.types.references import controller_of, key_of
from kubernel.types.selectors import label_selector
from kubernel.types.well_known import DEPLOYMENTS, PODS, REPLICA_SETS
from kubernel_workloads.deployment import progress, strategies
from kubernel_workloads.deployment.rollout import Rollout
from kubernel_workloads.deployment.scaling import is_rolling, was_scaled
from kubernel_workloads.ownership import Claim, index_by_controller, owned, resolve


class DeploymentController:
    """A `kubernel.ports.controller.Controller`."""

    name = "deployment"

    def __init__(self, context: ControllerContext) -> None:
        self._client, self._recorder, self._clock = context.client, context.recorder, context.clock
        self._deployments = context.client.informer(DEPLOYMENTS)
        self._sets = context.client.informer(REPLICA_SETS)
        self._pods = context.client.informer(PODS)
        index_by_controller(self._sets)
        index_by_controller(self._pods)

    def watches(self) -> Sequence[Watch]:
        return (
            Watch(DEPLOYMENTS),
            Watch(REPLICA_SETS, self._set_changed),
            Watch(PODS, self._pod_changed),
        )

    def sync(self, key: str) -> float | None:
        deployment = self._deployments.get(key)
        if deployment is None:
            return None
        selector = label_selector(deployment["spec"]["selector"])
        if not selector:
            message = "This deployment is selecting all pods. A non-empty selector is required."
            self._recorder.event(deployment, "Warning", "SelectingAll", message)
            return None
        claim = Claim(self._client, deployment, DEPLOYMENTS, REPLICA_SETS, selector)
        now = self._clock.now()
        rollout = Rollout(self._client, self._recorder, deployment, claim.of(self._sets), now)
        if is_terminating(deployment):
            rollout.write_status(progress.counts(rollout.deployment, rollout.sets, rollout.newest, now))
            return None
        self._note_pause(rollout)
        if deployment["spec"].get("paused") or was_scaled(deployment, rollout.sets):
            strategies.resize(rollout)
            rollout.write_status(progress.counts(rollout.deployment, rollout.sets, rollout.newest, now))
            return None
        if is_rolling(deployment):
            strategies.roll(rollout)
        else:
            strategies.recreate(rollout, self._pods_of(rollout.old))
        status = progress.rollout_status(rollout.deployment, rollout.sets, rollout.newest, now)
        rollout.write_status(status)
        left = progress.deadline_in(rollout.deployment, status, now)
        return None if left is None else max(left, 0.0) + 1.0

    def _note_pause(self, rollout: Rollout) -> None:
        """Pausing stops the deadline's clock, resuming starts it anew: both show in the condition Progressing."""
        deployment = rollout.deployment
        if not progress.has_deadline(deployment):
            return
        found = find_condition(deployment, "Progressing")
        reason = found.get("reason") if found else ""
        if reason == progress.TIMED_OUT:
            return
        if deployment["spec"].get("paused") and reason != progress.PAUSED:
            rollout.set_condition(progress.progressing("Unknown", progress.PAUSED, "Deployment is paused"))
        elif not deployment["spec"].get("paused") and reason == progress.PAUSED:
            rollout.set_condition(progress.progressing("Unknown", progress.RESUMED, "Deployment is resumed"))

    def _pods_of(self, sets: Iterable[Object]) -> list[Object]:
        return [pod for found in sets for pod in owned(self._pods, found["metadata"]["uid"])]

    # --- what wakes the controller

    def _set_changed(self, old: Object | None, new: Object | None) -> Iterable[str]:
        keys = {key_of(owner) for obj in (old, new) if obj and (owner := resolve(self._deployments, obj, "Deployment"))}
        if new is not None and controller_of(new) is None and not is_terminating(new):
            labels = new["metadata"].get("labels") or {}
            for deployment in self._deployments.list(new["metadata"]["namespace"]):
                selector = label_selector(deployment["spec"]["selector"])
                if selector and selector.matches(labels):
                    keys.add(key_of(deployment))
        return keys

    def _pod_changed(self, old: Object | None, new: Object | None) -> Iterable[str]:
        """Only a recreating deployment waits for pods themselves: for the last old one to be gone."""
        if old is None or new is not None:
            return ()
        found = resolve(self._sets, old, "ReplicaSet")
        owner = resolve(self._deployments, found, "Deployment") if found else None
        return (key_of(owner),) if owner is not None and not is_rolling(owner) else ()
