"""The ways to bring a deployment forward by one step: rolling, recreating, scaling. Each looks and writes through a `Rollout`."""

from collections.abc import Iterable

from kubernel.types.json import Object
from kubernel.types.pods import is_finished
from kubernel_workloads.deployment.progress import is_complete
from kubernel_workloads.deployment.rollout import Rollout
from kubernel_workloads.deployment.scaling import (
    is_rolling,
    is_saturated,
    new_size,
    old_sizes,
    proportional_sizes,
)
from kubernel_workloads.deployment.sets import active, active_or_latest, wanted


def roll(rollout: Rollout) -> None:
    """Grow the newest replica set into the surge, else shrink the old ones as availability allows."""
    rollout.ensure_newest()
    newest = rollout.newest
    if newest is None:
        return
    replicas = wanted(rollout.deployment)
    size = replicas if wanted(newest) > replicas else new_size(rollout.deployment, rollout.sets, newest)
    if rollout.scale(newest, size):
        return
    if rollout.scale_all(rollout.old, old_sizes(rollout.deployment, newest, rollout.old)):
        return
    if is_complete(rollout.deployment, rollout.deployment.get("status") or {}):
        rollout.clean_up()


def recreate(rollout: Rollout, old_pods: Iterable[Object]) -> None:
    """End every old pod before the first new one is made."""
    rollout.number()
    holding = active(rollout.old)
    if rollout.scale_all(holding, {found["metadata"]["name"]: 0 for found in holding}):
        return
    if any(not is_finished(pod) for pod in old_pods):
        return
    rollout.ensure_newest()
    if rollout.newest is not None:
        rollout.scale(rollout.newest, wanted(rollout.deployment))
    if is_complete(rollout.deployment, rollout.deployment.get("status") or {}):
        rollout.clean_up()


def resize(rollout: Rollout) -> None:
    """Spread a new `spec.replicas` over the replica sets without moving the rollout itself (it may be paused)."""
    rollout.number()
    deployment = rollout.deployment
    only = active_or_latest(rollout.newest, rollout.old)
    if only is not None:
        if wanted(only) != wanted(deployment):
            rollout.scale(only, wanted(deployment))
    elif is_saturated(deployment, rollout.newest):
        rollout.scale_all(rollout.old, {found["metadata"]["name"]: 0 for found in active(rollout.old)})
    elif is_rolling(deployment):
        rollout.scale_all(rollout.sets, proportional_sizes(deployment, rollout.sets))
    if deployment["spec"].get("paused"):
        rollout.clean_up()
