"""How a pod gets its node: the `binding` subresource, which schedulers post to."""

from datetime import UTC, datetime

from kubernel.errors import Cause, ConflictError, InvalidError
from kubernel.objects.causes import not_supported, required
from kubernel.types.conditions import with_condition
from kubernel.types.json import Object


def binding_causes(binding: Object) -> list[Cause]:
    """What is wrong with a binding."""
    target, causes = binding.get("target") or {}, []
    if target.get("kind", "") not in ("", "Node"):
        causes.append(not_supported("target.kind", target["kind"], ("Node", "<empty>")))
    if not target.get("name"):
        causes.append(required("target.name"))
    return causes


def bind(pod: Object, binding: Object, now: datetime | None = None) -> None:
    """Give a pod its node, in place; labels and annotations of the binding go to the pod.

    Made for `Registry.modify`: the pod is a copy of the stored one, and the change is tried again on conflict.

    :raises InvalidError: the binding names no node.
    :raises ConflictError: the pod has a node already, is being deleted, is held back by gates, or is not the one that was meant.
    """
    name = pod["metadata"]["name"]
    causes = binding_causes(binding)
    if causes:
        raise InvalidError.of("Binding", name, causes)
    metadata, spec = pod["metadata"], pod["spec"]
    given = binding.get("metadata") or {}
    if given.get("uid") and given["uid"] != metadata.get("uid"):
        why = f"Precondition failed: UID in precondition: {given['uid']}, UID in object meta: {metadata.get('uid')}"
        raise ConflictError.of("pods/binding", name, why=why)
    if metadata.get("deletionTimestamp"):
        raise ConflictError.of("pods/binding", name, why=f"pod {name} is being deleted, cannot be assigned to a host")
    if spec.get("nodeName"):
        why = f'pod {name} is already assigned to node "{spec["nodeName"]}"'
        raise ConflictError.of("pods/binding", name, why=why)
    if spec.get("schedulingGates"):
        raise ConflictError.of("pods/binding", name, why=f"pod {name} has non-empty .spec.schedulingGates")
    spec["nodeName"] = binding["target"]["name"]
    for field in ("labels", "annotations"):
        if given.get(field):
            metadata[field] = {**(metadata.get(field) or {}), **given[field]}
    status = pod.setdefault("status", {})
    status.pop("nominatedNodeName", None)
    scheduled = {"type": "PodScheduled", "status": "True"}
    kept = [condition for condition in status.get("conditions") or () if not _is_unscheduled(condition)]
    status["conditions"] = with_condition(kept, scheduled, now or datetime.now(UTC))


def _is_unscheduled(condition: Object) -> bool:
    """A PodScheduled condition that is not true: its reason and message must not outlive it."""
    return condition.get("type") == "PodScheduled" and condition.get("status") != "True"
