"""The rules between namespaces and what is in them, which hold for every kind: no object without an open namespace."""

from kubernel.errors import Cause, ForbiddenError, NotFoundError
from kubernel.registry.pipeline import Target
from kubernel.registry.state import State
from kubernel.types.well_known import NAMESPACES

IMMORTAL = frozenset({"default", "kube-system", "kube-public"})


def check_open(state: State, target: Target) -> None:
    """The namespace of a new object must exist and not be on its way out.

    :raises NotFoundError: there is no such namespace.
    :raises ForbiddenError: it is being deleted.
    """
    if not target.stored.namespaced or NAMESPACES not in state.table:
        return
    namespaces = state.table.definition(NAMESPACES)
    name = target.namespace
    found = state.cache(namespaces).get(name)
    if found is None and not state.embedded:
        found = state.reread(namespaces, name)
    if found is None:
        raise NotFoundError.of("namespaces", name)
    if found.object["metadata"].get("deletionTimestamp"):
        resource = target.definition.resource
        why = f"unable to create new content in namespace {name} because it is being terminated"
        cause = Cause("NamespaceTerminating", f"namespace {name} is being terminated", "metadata.namespace")
        raise _forbidden(str(resource), target.name, why, resource.group, resource.plural, cause)


def check_mortal(target: Target) -> None:
    """:raises ForbiddenError: a namespace is to be deleted that every cluster has."""
    if target.stored.resource == NAMESPACES and target.name in IMMORTAL:
        why = "this namespace may not be deleted"
        raise _forbidden("namespaces", target.name, why, "", "namespaces")


def _forbidden(resource: str, name: str, why: str, group: str, kind: str, *causes: Cause) -> ForbiddenError:
    return ForbiddenError(f'{resource} "{name}" is forbidden: {why}', group=group, kind=kind, name=name, causes=causes)
