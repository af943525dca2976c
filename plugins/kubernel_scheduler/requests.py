"""What a pod asks for, by Kubernetes' published rules for init containers, sidecars and overhead.

Ordinary init containers run one after the other before the rest, so the largest one counts; sidecars (init containers that are
restarted always) go on running, beside the init containers after them and beside the containers.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from kubernel.types.json import Object
from kubernel_scheduler.resources import CPU, MEMORY, amount_of

Amounts: TypeAlias = dict[str, int]
TYPICAL: Mapping[str, int] = {CPU: 100, MEMORY: 200 * 1024 * 1024}
"""What scores count for a container that asks for nothing: 0.1 processors and 200 Mi."""


def requests_of(spec: Object) -> Amounts:
    """What a node must have free for the pod."""
    amounts = {name: amount for name, amount in _pod(spec, _asked).items() if amount}
    return {**amounts, **_pod_level(spec)}


def scored_requests_of(spec: Object) -> Amounts:
    """Processors and memory as scores count them."""
    amounts = _pod(spec, lambda container: {**TYPICAL, **_asked(container)})
    amounts.update(_pod_level(spec))
    return {name: amounts.get(name, 0) for name in TYPICAL}


def _asked(container: Object) -> Amounts:
    asked = (container.get("resources") or {}).get("requests") or {}
    return {name: amount_of(name, quantity) for name, quantity in asked.items()}


def _pod(spec: Object, asked: Callable[[Object], Amounts]) -> Amounts:
    running: Amounts = {}
    for container in spec.get("containers") or ():
        _add(running, asked(container))
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in spec.get("initContainers") or ():
        amounts = asked(container)
        if container.get("restartPolicy") == "Always":
            _add(sidecars, amounts)
            _raise(peak, sidecars)
        else:
            together = dict(sidecars)
            _add(together, amounts)
            _raise(peak, together)
    _add(running, sidecars)
    _raise(running, peak)
    _add(running, {name: amount_of(name, quantity) for name, quantity in (spec.get("overhead") or {}).items()})
    return running


def _pod_level(spec: Object) -> Amounts:
    """Requests of the pod as a whole stand above those of its containers."""
    asked = (spec.get("resources") or {}).get("requests") or {}
    overhead = spec.get("overhead") or {}
    return {name: amount_of(name, q) + amount_of(name, overhead.get(name, 0)) for name, q in asked.items()}


def _add(total: Amounts, amounts: Amounts) -> None:
    for name, amount in amounts.items():
        total[name] = total.get(name, 0) + amount


def _raise(total: Amounts, amounts: Amounts) -> None:
    for name, amount in amounts.items():
        total[name] = max(total.get(name, 0), amount)
