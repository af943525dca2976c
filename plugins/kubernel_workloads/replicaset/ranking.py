"""Which pods go first when a replica set shrinks: those that would be missed least.

The order is the one that Kubernetes documents for scaling down: unassigned before assigned, pending before unknown before
running, not ready before ready, a lower `controller.kubernetes.io/pod-deletion-cost`, more pods of the same owner on the node,
ready for a shorter time (in powers of two), more restarts, younger (in powers of two).
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

from kubernel.types.json import Object
from kubernel.types.pods import is_active, is_ready, phase_of, ready_since
from kubernel.types.times import parse_time

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}

Rank: TypeAlias = tuple[int, int, int, int, int, int, int, int, str]


def victims(pods: Sequence[Object], related: Iterable[Object], count: int, now: datetime) -> list[Object]:
    """The `count` pods to delete; `related` are all pods of the owner's other replica sets, these included."""
    if count >= len(pods):
        return list(pods)
    crowd = Counter(node_of(pod) for pod in related if is_active(pod))
    return sorted(pods, key=lambda pod: rank(pod, crowd[node_of(pod)], now))[:count]


def node_of(pod: Object) -> str:
    return str(pod["spec"].get("nodeName") or "")


def rank(pod: Object, company: int, now: datetime) -> Rank:
    """A sort key, the first to go being the smallest; `company` is how many related pods share its node."""
    ready = is_ready(pod)
    since = ready_since(pod)
    created = parse_time(pod["metadata"]["creationTimestamp"]) if pod["metadata"].get("creationTimestamp") else None
    return (
        1 if node_of(pod) else 0,
        _PHASES.get(phase_of(pod), 2),
        1 if ready else 0,
        deletion_cost(pod),
        -company,
        _magnitude(since, now) if ready else 0,
        -restarts(pod),
        _magnitude(created, now),
        str(pod["metadata"].get("uid", "")),
    )


def deletion_cost(pod: Object) -> int:
    """What the pod's annotation says; 0 where it is absent or no number, as for Kubernetes."""
    text = (pod["metadata"].get("annotations") or {}).get(DELETION_COST, "0")
    try:
        return int(text)
    except ValueError:
        return 0


def restarts(pod: Object) -> int:
    """The restarts of its most restarted container."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    return max((int(status.get("restartCount") or 0) for status in statuses), default=0)


def _magnitude(moment: datetime | None, now: datetime) -> int:
    """The age in powers of two, so that chance (the uid) decides between pods of about the same age."""
    age = (now - moment).total_seconds() if moment else 0.0
    return int(math.log2(age)) if age >= 1 else -1
