"""The part of metadata that is the server's: who an object is, when it came, when it is to go.

`begin` gives a new object its identity, `carry_over` keeps it over an update; whatever a client sent for these fields is ignored
or compared, as Kubernetes does. Field ownership is not kept: `managedFields` that a client sends back is dropped, always.
"""

import random
import uuid
from datetime import datetime

from kubernel.errors import BadRequestError, ConflictError
from kubernel.ports.resource import ResourceDefinition
from kubernel.types.json import JSON, Object
from kubernel.types.times import format_time

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""What generated names end in: no vowels, so that they spell no words."""
SUFFIX_LENGTH = 5
MAX_GENERATED = 63

_SERVERS = frozenset(
    {
        "name",
        "generateName",
        "namespace",
        "selfLink",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "managedFields",
    }
)


def begin(new: Object, definition: ResourceDefinition, namespace: str, now: datetime) -> None:
    """Give a new object its name, uid and time of creation.

    :raises BadRequestError: it belongs to another namespace, or claims to be stored already.
    """
    given: Object = new.get("metadata") or {}
    if given.get("resourceVersion") not in (None, "", "0"):
        raise BadRequestError("resourceVersion should not be set on objects to be created")
    metadata: Object = {}
    name, prefix = given.get("name", ""), given.get("generateName", "")
    if not name and prefix:
        name = generated(prefix)
    if name:
        metadata["name"] = name
    if prefix:
        metadata["generateName"] = prefix
    home = _namespace(given.get("namespace", ""), definition, namespace)
    if home:
        metadata["namespace"] = home
    # Unlike uuid4 it asks the system for nothing: a system call lets go of the interpreter, which then is somebody else's.
    metadata["uid"] = str(uuid.UUID(int=random.getrandbits(128), version=4))
    if definition.strategy.generation:
        metadata["generation"] = 1
    metadata["creationTimestamp"] = format_time(now)
    _add_the_rest(metadata, given)
    new["metadata"] = metadata


def carry_over(new: Object, old: Object) -> None:
    """Keep the identity of the stored object in its next state. Both have the same name and namespace already."""
    given: Object = new.get("metadata") or {}
    kept: Object = old["metadata"]
    metadata: Object = {}
    for field in ("name", "generateName", "namespace", "uid", "generation", "creationTimestamp"):
        if field in kept:
            metadata[field] = kept[field]
    for field in ("deletionTimestamp", "deletionGracePeriodSeconds"):
        if field in kept:
            metadata[field] = kept[field]
        elif field in given:
            # Only a deletion may set these: validation refuses the change.
            metadata[field] = given[field]
    _add_the_rest(metadata, given)
    new["metadata"] = metadata


def _add_the_rest(metadata: Object, given: Object) -> None:
    for field, value in given.items():
        if value and field not in _SERVERS:
            metadata[field] = value


def _namespace(given: str, definition: ResourceDefinition, asked: str) -> str:
    if not definition.namespaced:
        return given
    if given and given != asked:
        raise BadRequestError("the namespace of the provided object does not match the namespace sent on the request")
    return asked


def generated(prefix: str) -> str:
    """A name from a prefix; whether it is free shows when it is written."""
    suffix = "".join(random.choices(ALPHABET, k=SUFFIX_LENGTH))
    return prefix[: MAX_GENERATED - SUFFIX_LENGTH] + suffix


def check_path(new: Object, definition: ResourceDefinition, namespace: str, name: str) -> None:
    """:raises BadRequestError: the object in the body is not the one that the path names."""
    metadata = new.get("metadata") or {}
    found, home = metadata.get("name", ""), metadata.get("namespace", "")
    if not found:
        raise BadRequestError(f"the name of the object ({name} based on URL) was undeterminable: name must be provided")
    if found != name:
        raise BadRequestError(f"the name of the object ({found}) does not match the name on the URL ({name})")
    if home and home != namespace and definition.namespaced:
        raise BadRequestError(f"the namespace of the object ({home}) does not match the namespace on the request ({namespace})")


def check_uid(new: Object, old: Object, definition: ResourceDefinition, name: str) -> None:
    """:raises ConflictError: the client means an earlier object of this name."""
    asked, found = (new.get("metadata") or {}).get("uid", ""), old["metadata"].get("uid", "")
    if asked and asked != found:
        why = f"Precondition failed: UID in precondition: {asked}, UID in object meta: {found}"
        raise ConflictError.of(definition.resource.plural, name, definition.resource.group, why)


def unchanged(new: Object, old: Object) -> bool:
    """Whether a next state says nothing new. `old` has a resourceVersion, `new` has none."""
    if len(new["metadata"]) != len(old["metadata"]) - 1:
        return False
    for field, value in new["metadata"].items():
        if old["metadata"].get(field, _ABSENT) != value:
            return False
    return same_outside(new, old, ("metadata", "kind", "apiVersion"))


def same_outside(new: Object, old: Object, ignored: tuple[str, ...]) -> bool:
    """Whether all fields but those are the same."""
    for field, value in new.items():
        if field not in ignored and old.get(field, _ABSENT) != value:
            return False
    return all(field in ignored or field in new for field in old)


_ABSENT: JSON = object()
