"""What the scheduling room asks of a pod: does it want a node, has it one, is it done; and which changes matter."""

from kubernel.types.json import Object

DEFAULT_SCHEDULER = "default-scheduler"


def node_of(pod: Object) -> str:
    """The node that the pod is on, "" while it has none."""
    return pod["spec"].get("nodeName") or ""


def finished(pod: Object) -> bool:
    """Whether all its containers have ended for good: it needs nothing of its node any more."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def occupies(pod: Object) -> bool:
    """Whether the pod takes room on a node."""
    return bool(node_of(pod)) and not finished(pod)


def wants_node(pod: Object, scheduler_name: str) -> bool:
    """Whether the scheduler of this name is to find a node: not for pods that are on their way out, nor behind a gate."""
    spec, metadata = pod["spec"], pod["metadata"]
    return (
        not node_of(pod)
        and (spec.get("schedulerName") or DEFAULT_SCHEDULER) == scheduler_name
        and not spec.get("schedulingGates")
        and not metadata.get("deletionTimestamp")
        and not finished(pod)
    )


def priority_of(pod: Object) -> int:
    return int(pod["spec"].get("priority") or 0)


def same_to_schedulers(old: Object, new: Object) -> bool:
    """Whether two states of a pod ask for and count as the same; its status does not matter."""
    return bool(old["spec"] == new["spec"] and old["metadata"].get("labels") == new["metadata"].get("labels"))


def same_node(old: Object, new: Object) -> bool:
    """Whether two states of a node offer the same; heartbeats and addresses do not matter."""
    before, now = old.get("status") or {}, new.get("status") or {}
    return bool(
        old.get("spec") == new.get("spec")
        and old["metadata"].get("labels") == new["metadata"].get("labels")
        and all(before.get(field) == now.get(field) for field in ("allocatable", "capacity"))
    )
