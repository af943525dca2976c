"""The rules of deployments: how a rollout may go, besides what every workload demands of its selector and template."""

import re
from collections.abc import Iterable, Iterator

from kubernel.errors import Cause
from kubernel.objects.causes import at, forbidden, invalid
from kubernel.ports.resource import Strategy, WriteContext
from kubernel.types.json import Object
from kubernel_workloads.templates import (
    NOT_NEGATIVE,
    count_causes,
    default_template,
    selector_update_causes,
    workload_causes,
)

ROLLING_UPDATE, RECREATE = "RollingUpdate", "Recreate"
_QUARTER = "25%"
_PERCENT = re.compile(r"^[0-9]+%$")
_PERCENT_RULE = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
    "validation is '[0-9]+%')"
)
_SMALLER = (
    ("updatedReplicas", "replicas"),
    ("readyReplicas", "replicas"),
    ("availableReplicas", "replicas"),
    ("availableReplicas", "readyReplicas"),
)


class DeploymentStrategy(Strategy):
    """See the module."""

    def default(self, new: Object, context: WriteContext) -> None:
        spec = new.setdefault("spec", {})
        default_template(spec)
        strategy = spec.setdefault("strategy", {})
        if not strategy.get("type"):
            strategy["type"] = ROLLING_UPDATE
        if strategy["type"] == ROLLING_UPDATE:
            update = strategy.setdefault("rollingUpdate", {})
            update.setdefault("maxUnavailable", _QUARTER)
            update.setdefault("maxSurge", _QUARTER)

    def validate(self, new: Object) -> Iterable[Cause]:
        spec = new["spec"]
        yield from workload_causes(spec, "deployment", "spec")
        yield from _rollout_causes(spec.get("strategy") or {}, "spec.strategy")
        deadline, ready = spec.get("progressDeadlineSeconds"), spec.get("minReadySeconds", 0)
        if deadline is not None and deadline <= ready:
            yield invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")

    def validate_update(self, new: Object, old: Object) -> Iterable[Cause]:
        return selector_update_causes(new["spec"], old.get("spec") or {}, "spec")

    def validate_status(self, new: Object, old: Object) -> Iterable[Cause]:
        status, before = new.get("status") or {}, old.get("status") or {}
        yield from count_causes(status, _SMALLER)
        if status.get("collisionCount", 0) < before.get("collisionCount", 0):
            yield invalid("status.collisionCount", status.get("collisionCount"), "cannot be decremented")


def _rollout_causes(strategy: Object, path: str) -> Iterator[Cause]:
    update, place = strategy.get("rollingUpdate"), at(path, "rollingUpdate")
    if strategy.get("type") == RECREATE:
        if update is not None:
            yield forbidden(place, "may not be specified when strategy `type` is 'Recreate'")
        return
    if update is None:
        return
    unavailable, surge = update.get("maxUnavailable", 0), update.get("maxSurge", 0)
    wrong = [
        *_share_causes(unavailable, at(place, "maxUnavailable")),
        *_share_causes(surge, at(place, "maxSurge")),
    ]
    yield from wrong
    if wrong:
        return
    if _number(unavailable) == 0 and _number(surge) == 0:
        yield invalid(at(place, "maxUnavailable"), unavailable, "may not be 0 when `maxSurge` is 0")
    if isinstance(unavailable, str) and _number(unavailable) > 100:
        yield invalid(at(place, "maxUnavailable"), unavailable, "must not be greater than 100%")


def _share_causes(value: int | str, path: str) -> Iterator[Cause]:
    if isinstance(value, str):
        if not _PERCENT.match(value):
            yield invalid(path, value, _PERCENT_RULE)
    elif value < 0:
        yield invalid(path, value, NOT_NEGATIVE)


def _number(value: int | str) -> int:
    return int(value[:-1]) if isinstance(value, str) else value
