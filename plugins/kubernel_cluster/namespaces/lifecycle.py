"""Empties a namespace whose deletion was asked for, then lets it go.

Everything that discovery offers in namespaces is deleted, pods first (they may need the rest to end in good order). What is
still there, and which finalizers hold it, shows in the namespace's conditions; once nothing is left the finalizer `kubernetes`
goes, and with it the namespace.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kubernel.client.discovery import preferred
from kubernel.errors import ConflictError, MethodNotAllowedError, NotFoundError, StatusError
from kubernel.ports.client import Client, ResourceInfo
from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.conditions import with_condition
from kubernel.types.json import Object
from kubernel.types.pods import is_terminating
from kubernel.types.well_known import NAMESPACES, PODS

FINALIZER = "kubernetes"
LOOK_AGAIN = 0.5
"""Seconds between looks at a namespace that still holds something."""

PAGE = 500


@dataclass(slots=True)
class Content:
    """What is left in a namespace: objects by resource, finalizers by name, and what could not be deleted."""

    left: Counter[str] = field(default_factory=Counter)
    finalizers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    undiscovered: str = ""

    @property
    def empty(self) -> bool:
        return not (self.left or self.failures or self.undiscovered)


class NamespaceController:
    """A `kubernel.ports.controller.Controller`."""

    name = "namespace"

    def __init__(self, context: ControllerContext) -> None:
        self._client, self._clock = context.client, context.clock
        self._namespaces = context.client.informer(NAMESPACES)

    def watches(self) -> Sequence[Watch]:
        return (Watch(NAMESPACES),)

    def sync(self, key: str) -> float | None:
        namespace = self._namespaces.get(key)
        if namespace is None or not is_terminating(namespace):
            return None
        if FINALIZER not in ((namespace.get("spec") or {}).get("finalizers") or ()):
            return None
        content = empty(self._client, key)
        # The copy may lag behind the conditions that this controller wrote last: the server's is asked for.
        live = self._client.get(NAMESPACES, key)
        if live["metadata"]["uid"] != namespace["metadata"]["uid"]:
            return None
        live = self._write_conditions(live, content)
        if not content.empty:
            return LOOK_AGAIN
        kept = [name for name in live["spec"].get("finalizers") or () if name != FINALIZER]
        self._client.update(NAMESPACES, {**live, "spec": {**live["spec"], "finalizers": kept}}, subresource="finalize")
        return None

    def _write_conditions(self, namespace: Object, content: Content) -> Object:
        status = namespace.get("status") or {}
        conditions = deletion_conditions(status.get("conditions") or (), content, self._clock.now())
        if conditions == (status.get("conditions") or []):
            return namespace
        return self._client.update(
            NAMESPACES, {**namespace, "status": {**status, "conditions": conditions}}, subresource="status"
        )


def empty(client: Client, namespace: str) -> Content:
    """Ask for the deletion of everything in a namespace; tells what is there afterwards."""
    content = Content()
    try:
        resources = client.resources()
    except StatusError as error:
        content.undiscovered = error.message
        return content
    namespaced = [info for info in preferred(resources, "list", "delete") if info.namespaced]
    _empty_resources(client, namespace, [info for info in namespaced if info.type == PODS], content)
    if content.empty:
        _empty_resources(client, namespace, [info for info in namespaced if info.type != PODS], content)
    return content


def _empty_resources(client: Client, namespace: str, resources: Sequence[ResourceInfo], content: Content) -> None:
    for info in resources:
        try:
            if _any(client, info, namespace):
                _delete_all(client, info, namespace)
                _count(client, info, namespace, content)
        except NotFoundError:
            # The resource itself went meanwhile (a custom one), and its objects with it.
            continue
        except StatusError as error:
            content.failures.append(f"{info.type}: {error.message}")


def _any(client: Client, info: ResourceInfo, namespace: str) -> bool:
    return bool(client.list(info.type, namespace, limit=1).items)


def _delete_all(client: Client, info: ResourceInfo, namespace: str) -> None:
    if "deletecollection" in info.verbs:
        try:
            client.delete_collection(info.type, namespace)
        except MethodNotAllowedError:
            # Discovery promised too much: one by one, then.
            _delete_each(client, info, namespace)
    else:
        _delete_each(client, info, namespace)


def _delete_each(client: Client, info: ResourceInfo, namespace: str) -> None:
    for obj in client.list(info.type, namespace).items:
        try:
            client.delete(info.type, obj["metadata"]["name"], namespace, propagation="Background")
        except (NotFoundError, ConflictError):
            # Gone already, or just changed: the next look counts what is left.
            continue


def _count(client: Client, info: ResourceInfo, namespace: str, content: Content) -> None:
    token = ""
    while True:
        page = client.list(info.type, namespace, limit=PAGE, continue_token=token)
        for obj in page.items:
            content.left[f"{info.type.plural}.{info.type.group}"] += 1
            content.finalizers.update(obj["metadata"].get("finalizers") or ())
        token = page.continue_token
        if not token:
            return


def deletion_conditions(before: Sequence[Object], content: Content, now: datetime) -> list[Object]:
    """The conditions that say how far the deletion is, with Kubernetes' types, reasons and messages."""
    left = ", ".join(f"{name} has {count} resource instances" for name, count in sorted(content.left.items()))
    held = ", ".join(f"{name} in {count} resource instances" for name, count in sorted(content.finalizers.items()))
    rows = (
        ("DiscoveryFailure", content.undiscovered, "DiscoveryFailed", "ResourcesDiscovered"),
        ("GroupVersionParsingFailure", "", "GroupVersionParsingFailed", "ParsedGroupVersions"),
        ("ContentFailure", "; ".join(content.failures), "ContentDeletionFailed", "ContentDeleted"),
        ("ContentRemaining", f"Some resources are remaining: {left}" if left else "", "SomeResourcesRemain", "ContentRemoved"),
        (
            "FinalizersRemaining",
            f"Some content in the namespace has finalizers remaining: {held}" if held else "",
            "SomeFinalizersRemain",
            "ContentHasNoFinalizers",
        ),
    )
    fine = {
        "DiscoveryFailure": "All resources successfully discovered",
        "GroupVersionParsingFailure": "All legacy kube types successfully parsed",
        "ContentFailure": "All content successfully deleted, may be waiting on finalization",
        "ContentRemaining": "All content successfully removed",
        "FinalizersRemaining": "All content-preserving finalizers finished",
    }
    conditions = list(before)
    for kind, wrong, bad_reason, good_reason in rows:
        prefix = "Namespace" if kind.endswith("Remaining") else "NamespaceDeletion"
        new = {
            "type": f"{prefix}{kind}",
            "status": "True" if wrong else "False",
            "reason": bad_reason if wrong else good_reason,
            "message": wrong or fine[kind],
        }
        conditions = with_condition(conditions, new, now)
    return conditions
