"""What may change in a pod that is there already: very little, because its node has acted on the rest."""

from collections.abc import Iterator
from typing import Any

from kubernel.errors import Cause
from kubernel.objects.causes import at, forbidden, index, invalid
from kubernel.objects.core.pod.rules.containers import is_ip
from kubernel.objects.core.pod.rules.spec import MAX_INT32
from kubernel.types.json import Object
from kubernel.types.names import dns_subdomain

_CHANGEABLE = (
    "`spec.containers[*].image`",
    "`spec.initContainers[*].image`",
    "`spec.activeDeadlineSeconds`",
    "`spec.tolerations` (only additions to existing tolerations)",
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
)


def update_causes(new: Object, old: Object) -> Iterator[Cause]:
    """What is wrong with a change of a pod's spec."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    if [len(spec.get(kind) or ()) for kind in ("containers", "initContainers")] != [
        len(before.get(kind) or ()) for kind in ("containers", "initContainers")
    ]:
        for kind in ("containers", "initContainers"):
            if len(spec.get(kind) or ()) != len(before.get(kind) or ()):
                yield forbidden(f"spec.{kind}", "pod updates may not add or remove containers")
        return
    yield from _deadline_causes(spec.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds"))
    yield from _toleration_causes(spec, before)
    yield from _gate_causes(spec, before)
    expected = _with_allowed_changes(before, spec)
    changed = sorted(_differences(bare(spec), bare(expected), "spec"))
    if changed:
        shown = "\n".join(f"  {line}" for line in changed)
        yield forbidden("spec", f"pod updates may not change fields other than {','.join(_CHANGEABLE)}\n{shown}")


def _deadline_causes(new: int | None, old: int | None) -> Iterator[Cause]:
    path = "spec.activeDeadlineSeconds"
    if new is None:
        if old is not None:
            yield invalid(path, None, "must not update from a positive integer to nil value")
    elif not 0 <= new <= MAX_INT32:
        yield invalid(path, new, f"must be between 0 and {MAX_INT32}, inclusive")
    elif old is not None and old < new:
        yield invalid(path, new, "must be less than or equal to previous value")


def _toleration_causes(spec: Object, before: Object) -> Iterator[Cause]:
    given = [_without_seconds(toleration) for toleration in spec.get("tolerations") or ()]
    if any(_without_seconds(toleration) not in given for toleration in before.get("tolerations") or ()):
        detail = "existing toleration can not be modified except its tolerationSeconds"
        yield forbidden("spec.tolerations", detail)


def _without_seconds(toleration: Object) -> Object:
    return {name: value for name, value in toleration.items() if name != "tolerationSeconds" and value}


def _gate_causes(spec: Object, before: Object) -> Iterator[Cause]:
    known = {gate.get("name") for gate in before.get("schedulingGates") or ()}
    for position, gate in enumerate(spec.get("schedulingGates") or ()):
        if gate.get("name") not in known:
            detail = f"only deletion is allowed, but found new scheduling gate '{gate.get('name', '')}'"
            yield forbidden(index("spec.schedulingGates", position), detail)


def _with_allowed_changes(before: Object, spec: Object) -> Object:
    """The old spec with everything taken from the new one that may change."""
    allowed = dict(before)
    for kind in ("containers", "initContainers"):
        pairs = zip(before.get(kind) or (), spec.get(kind) or (), strict=True)
        allowed[kind] = [{**old, "image": new.get("image", "")} for old, new in pairs]
    for name in ("activeDeadlineSeconds", "tolerations", "schedulingGates"):
        allowed.pop(name, None)
        if name in spec:
            allowed[name] = spec[name]
    if before.get("terminationGracePeriodSeconds", 0) < 0 and spec.get("terminationGracePeriodSeconds") == 1:
        allowed["terminationGracePeriodSeconds"] = 1
    if before.get("schedulingGates"):
        _allow_narrowing(allowed, spec)
    return allowed


def _allow_narrowing(allowed: Object, spec: Object) -> None:
    """While gates hold a pod back, the set of nodes that it may go to can be made smaller."""
    selector, given = allowed.get("nodeSelector") or {}, spec.get("nodeSelector") or {}
    if selector.items() <= given.items():
        allowed["nodeSelector"] = given
    affinity = dict(allowed.get("affinity") or {})
    if not affinity.get("nodeAffinity") and (spec.get("affinity") or {}).get("nodeAffinity"):
        allowed["affinity"] = {**affinity, "nodeAffinity": spec["affinity"]["nodeAffinity"]}


def bare(value: Any) -> Any:
    """A value without what counts as absent (nulls, empty lists, maps and texts), so that two writings of one thing are equal."""
    if isinstance(value, dict):
        pairs = ((name, bare(item)) for name, item in value.items())
        return {name: item for name, item in pairs if item not in (None, "", [], {})}
    return [bare(item) for item in value] if isinstance(value, list) else value


def _differences(new: Any, old: Any, path: str) -> Iterator[str]:
    if new == old:
        return
    if isinstance(new, dict) and isinstance(old, dict):
        for name in {*new, *old}:
            yield from _differences(new.get(name), old.get(name), at(path, name))
    elif isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        for position, (item, before) in enumerate(zip(new, old, strict=True)):
            yield from _differences(item, before, index(path, position))
    else:
        yield f"{path}: {old!r} -> {new!r}"


def status_causes(new: Object, old: Object) -> Iterator[Cause]:
    """What is wrong with a write to a pod's status."""
    status, before = new.get("status") or {}, old.get("status") or {}
    name = status.get("nominatedNodeName", "")
    for text in dns_subdomain(name) if name else ():
        yield invalid("status.nominatedNodeName", name, text)
    for field in ("podIPs", "hostIPs"):
        for position, entry in enumerate(status.get(field) or ()):
            if not is_ip(entry.get("ip", "")):
                place = at(index(f"status.{field}", position), "ip")
                yield invalid(place, entry.get("ip", ""), "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
    policy = (old.get("spec") or {}).get("restartPolicy", "Always")
    if policy == "Always":
        return
    running = {entry.get("name"): entry.get("state") or {} for entry in before.get("containerStatuses") or ()}
    for position, entry in enumerate(status.get("containerStatuses") or ()):
        ended = running.get(entry.get("name"), {}).get("terminated")
        if ended is None or "terminated" in (entry.get("state") or {}):
            continue
        if policy == "Never" or ended.get("exitCode") == 0:
            place = at(index("status.containerStatuses", position), "state")
            yield forbidden(place, "may not be transitioned to non-terminated state")
