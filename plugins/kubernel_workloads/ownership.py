"""Whose an object is: controllers claim what their selector matches and nobody owns, and let go of what it no longer matches.

A controller marks what it made by an owner reference with `controller: true`. Before it adopts anything it asks the server
whether it is itself still there, since a cache that lags behind could let a deleted controller adopt.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kubernel.errors import NotFoundError
from kubernel.ports.client import Client, Informer
from kubernel.types.json import Object
from kubernel.types.pods import is_terminating
from kubernel.types.references import ResourceType, controller_of, owner_reference
from kubernel.types.selectors import Selector

BY_CONTROLLER = "controller"


def index_by_controller(informer: Informer) -> None:
    """Let `owned` and `orphans` find objects without a scan."""
    informer.add_index(BY_CONTROLLER, _controller_keys)


def _controller_keys(obj: Object) -> Sequence[str]:
    owner = controller_of(obj)
    return (owner["uid"],) if owner else (f"orphans/{obj['metadata'].get('namespace', '')}",)


def owned(informer: Informer, uid: str) -> Sequence[Object]:
    """The objects whose controller has this uid."""
    return informer.by_index(BY_CONTROLLER, uid)


def orphans(informer: Informer, namespace: str) -> Sequence[Object]:
    """The objects of a namespace that no controller owns."""
    return informer.by_index(BY_CONTROLLER, f"orphans/{namespace}")


def resolve(owners: Informer, obj: Object, kind: str) -> Object | None:
    """The controller of an object as `owners` knows it, if it is of this kind and still the same one."""
    reference = controller_of(obj)
    if reference is None or reference["kind"] != kind:
        return None
    owner = owners.get(f"{obj['metadata']['namespace']}/{reference['name']}")
    return owner if owner is not None and owner["metadata"]["uid"] == reference["uid"] else None


@dataclass(frozen=True, slots=True)
class Claim:
    """What one controller may claim: objects of `resource` that `selector` matches.

    `owner_resource` is the controller's own resource type, to ask the server for it.
    """

    client: Client
    owner: Object
    owner_resource: ResourceType
    resource: ResourceType
    selector: Selector

    def of(self, informer: Informer, worthy: Callable[[Object], bool] = lambda obj: True) -> list[Object]:
        """Everything that is the owner's afterwards. `worthy` says which unowned objects may be adopted at all."""
        metadata = self.owner["metadata"]
        kept = [obj for obj in owned(informer, metadata["uid"]) if self._keep(obj)]
        if not is_terminating(self.owner):
            kept += self._adopt(obj for obj in orphans(informer, metadata["namespace"]) if worthy(obj) and self._wants(obj))
        return kept

    def _matches(self, obj: Object) -> bool:
        return self.selector.matches(obj["metadata"].get("labels") or {})

    def _wants(self, obj: Object) -> bool:
        return bool(self.selector) and not is_terminating(obj) and self._matches(obj)

    def _keep(self, obj: Object) -> bool:
        if self._matches(obj):
            return True
        if not is_terminating(self.owner):
            uid = self.owner["metadata"]["uid"]
            references = [o for o in obj["metadata"].get("ownerReferences") or () if o["uid"] != uid]
            self._write(obj, references)
        return False

    def _adopt(self, candidates: Iterable[Object]) -> list[Object]:
        found = list(candidates)
        if not found or not self._still_there():
            return []
        reference = owner_reference(self.owner)
        adopted = (self._write(obj, [*(obj["metadata"].get("ownerReferences") or ()), reference]) for obj in found)
        return [obj for obj in adopted if obj is not None]

    def _still_there(self) -> bool:
        metadata = self.owner["metadata"]
        try:
            live = self.client.get(self.owner_resource, metadata["name"], metadata["namespace"])
        except NotFoundError:
            return False
        return live["metadata"]["uid"] == metadata["uid"] and not is_terminating(live)

    def _write(self, obj: Object, references: Sequence[Object]) -> Object | None:
        """The object with these owners; None when it is gone. The resource version makes sure that no owner is overwritten."""
        metadata = obj["metadata"]
        patch = {"metadata": {"resourceVersion": metadata["resourceVersion"], "ownerReferences": list(references) or None}}
        try:
            return self.client.patch(self.resource, metadata["name"], patch, metadata["namespace"])
        except NotFoundError:
            return None
