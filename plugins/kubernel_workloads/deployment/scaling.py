"""The arithmetic of rollouts: how many pods each replica set may have now. Pure functions over objects.

Kubernetes documents the rules (rolling updates, proportional scaling); every function says which one it is.
"""

from collections.abc import Sequence

from kubernel.types.int_or_string import scaled
from kubernel.types.json import Object
from kubernel.types.numbers import whole_number
from kubernel_workloads.deployment.sets import (
    DESIRED,
    MAXIMUM,
    ReplicaSets,
    active,
    by_age,
    told,
    total,
    wanted,
)


def is_rolling(deployment: Object) -> bool:
    return str((deployment["spec"].get("strategy") or {}).get("type") or "RollingUpdate") == "RollingUpdate"


def bounds(deployment: Object) -> tuple[int, int]:
    """Surge (rounded up) and unavailable (rounded down) in pods; both 0 would never move, so unavailable is then 1."""
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    replicas = wanted(deployment)
    surge = scaled(rolling.get("maxSurge", "25%"), replicas, round_up=True)
    unavailable = scaled(rolling.get("maxUnavailable", "25%"), replicas, round_up=False)
    return surge, unavailable if surge or unavailable else 1


def max_surge(deployment: Object) -> int:
    """How many pods there may be above the wanted number."""
    return bounds(deployment)[0] if is_rolling(deployment) else 0


def max_unavailable(deployment: Object) -> int:
    """How many pods may be away; never more than are wanted."""
    replicas = wanted(deployment)
    return min(bounds(deployment)[1], replicas) if is_rolling(deployment) and replicas else 0


def new_size(deployment: Object, sets: ReplicaSets, newest: Object | None) -> int:
    """The size of the newest replica set: with a rolling update as much as the surge leaves room for, else all at once."""
    replicas = wanted(deployment)
    if not is_rolling(deployment):
        return replicas
    present = wanted(newest) if newest is not None else 0
    room = replicas + max_surge(deployment) - total(sets)
    return present + min(room, replicas - present) if room > 0 else present


def old_sizes(deployment: Object, newest: Object | None, old: ReplicaSets) -> dict[str, int]:
    """New sizes, by name, of the old replica sets that shrink in this step of a rolling update.

    Pods that are not available go first, as they are not missed; then as many others as stay above the minimum.
    """
    minimum = wanted(deployment) - max_unavailable(deployment)
    everything = [*old, newest] if newest is not None else list(old)
    new_missing = wanted(newest) - told(newest, "availableReplicas") if newest is not None else 0
    budget = total(everything) - minimum - new_missing
    if not total(old) or budget <= 0:
        return {}
    sizes = {found["metadata"]["name"]: wanted(found) for found in old}
    for found in by_age(old):
        name = found["metadata"]["name"]
        unhealthy = min(budget, max(0, sizes[name] - told(found, "availableReplicas")))
        sizes[name] -= unhealthy
        budget -= unhealthy
    # A status may still count pods that were scaled away already; the budget, taken from the wanted sizes, does not.
    surplus = min(budget, sum(told(found, "availableReplicas") for found in everything) - minimum)
    for found in by_age(old):
        name = found["metadata"]["name"]
        going = min(sizes[name], max(0, surplus))
        sizes[name] -= going
        surplus -= going
    return {found["metadata"]["name"]: size for found in old if (size := sizes[found["metadata"]["name"]]) != wanted(found)}


def proportional_sizes(deployment: Object, sets: ReplicaSets) -> dict[str, int]:
    """Sizes when a deployment is scaled in the middle of a rollout: every active replica set takes its share.

    The largest gets what rounding leaves over; of equal ones the newer grows first, the older shrinks first.
    """
    replicas = wanted(deployment)
    holding = active(sets)
    to_add = (replicas + max_surge(deployment) if replicas else 0) - total(holding)
    ordered = by_age(holding)
    if to_add > 0:
        ordered.reverse()
    ordered.sort(key=wanted, reverse=True)
    sizes, added = {}, 0
    for found in ordered:
        share = _share(deployment, found, to_add, added)
        sizes[found["metadata"]["name"]] = wanted(found) + share
        added += share
    if ordered and to_add:
        first = ordered[0]["metadata"]["name"]
        sizes[first] = max(0, sizes[first] + to_add - added)
    return sizes


def _share(deployment: Object, found: Object, to_add: int, added: int) -> int:
    left = to_add - added
    if not to_add or not left:
        return 0
    if not wanted(deployment):
        fraction = -wanted(found)
    else:
        largest = wanted(deployment) + max_surge(deployment)
        noted = whole_number(str((found["metadata"].get("annotations") or {}).get(MAXIMUM, "")))
        before = told(deployment, "replicas") if noted is None else noted
        fraction = _rounded(wanted(found) * largest, before) - wanted(found) if before else 0
    return min(fraction, left) if to_add > 0 else max(fraction, left)


def _rounded(dividend: int, divisor: int) -> int:
    """Half away from zero, as Go rounds; both are not negative here."""
    return (2 * dividend + divisor) // (2 * divisor)


def is_saturated(deployment: Object, newest: Object | None) -> bool:
    """Whether the newest replica set alone is what the deployment wants to be, by what it was last scaled for."""
    if newest is None:
        return False
    desired = str((newest["metadata"].get("annotations") or {}).get(DESIRED, ""))
    replicas = wanted(deployment)
    return wanted(newest) == replicas and whole_number(desired) == replicas and told(newest, "availableReplicas") == replicas


def was_scaled(deployment: Object, sets: Sequence[Object]) -> bool:
    """Whether `spec.replicas` changed since the active replica sets were last given their sizes."""
    for found in active(sets):
        noted = whole_number(str((found["metadata"].get("annotations") or {}).get(DESIRED, "")))
        if noted is not None and noted != wanted(deployment):
            return True
    return False
