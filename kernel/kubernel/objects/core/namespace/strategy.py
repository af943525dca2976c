"""The rules of namespaces: each starts out Active, is held by its own finalizers, and ends Terminating.

A namespace is kept after its deletion was asked for until `spec.finalizers` is empty; whoever has emptied it takes its entry away
through the `finalize` subresource.
"""

from collections.abc import Iterable, Mapping

from kubernel.errors import Cause
from kubernel.objects.causes import at, index, names
from kubernel.ports.resource import Strategy, WriteContext
from kubernel.types.json import Object
from kubernel.types.names import dns_label, qualified_name

KUBERNETES = "kubernetes"
"""The finalizer of the namespace controller."""
NAME_LABEL = "kubernetes.io/metadata.name"


class NamespaceStrategy(Strategy):
    """See the module."""

    name_rule = staticmethod(dns_label)
    generation = False
    selectable_fields = ("status.phase",)

    def prepare_create(self, new: Object, context: WriteContext) -> None:
        new["status"] = {"phase": "Active"}
        finalizers = (new.get("spec") or {}).get("finalizers") or []
        if KUBERNETES not in finalizers:
            finalizers = [*finalizers, KUBERNETES]
        new["spec"] = {**(new.get("spec") or {}), "finalizers": finalizers}

    def prepare_update(self, new: Object, old: Object, context: WriteContext) -> None:
        """Only the `finalize` subresource changes the finalizers."""
        new["spec"] = dict(old.get("spec") or {})

    def default(self, new: Object, context: WriteContext) -> None:
        metadata = new["metadata"]
        if metadata.get("name"):
            metadata["labels"] = {**(metadata.get("labels") or {}), NAME_LABEL: metadata["name"]}

    def validate(self, new: Object) -> Iterable[Cause]:
        return finalizer_causes(new)

    def validate_status(self, new: Object, old: Object) -> Iterable[Cause]:
        phase = (new.get("status") or {}).get("phase", "")
        allowed = "Terminating" if new["metadata"].get("deletionTimestamp") else "Active"
        if phase and phase != allowed:
            detail = f"may only be '{allowed}' if `deletionTimestamp` is {'not ' if allowed == 'Terminating' else ''}empty"
            yield Cause("FieldValueInvalid", f'Invalid value: "{phase}": {detail}', "status.phase")

    def selectable(self, obj: Object) -> Mapping[str, str]:
        return {"status.phase": (obj.get("status") or {}).get("phase", "")}

    def begin_delete(self, new: Object) -> None:
        new["status"] = {**(new.get("status") or {}), "phase": "Terminating"}

    def keep_deleted(self, obj: Object) -> bool:
        return bool((obj.get("spec") or {}).get("finalizers"))


def finalizer_causes(namespace: Object) -> list[Cause]:
    """What is wrong with a namespace's own finalizers."""
    found = []
    for position, name in enumerate((namespace.get("spec") or {}).get("finalizers") or ()):
        found += names(index(at("spec", "finalizers"), position), name, _finalizer_name(name))
    return found


def _finalizer_name(name: str) -> list[str]:
    wrong = qualified_name(name)
    if not wrong and "/" not in name and name not in (KUBERNETES, "orphan", "foregroundDeletion"):
        wrong = ["name is neither a standard finalizer name nor is it fully qualified"]
    return wrong
