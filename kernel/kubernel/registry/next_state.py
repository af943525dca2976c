"""Where the next state of an object comes from: a client's object, a patch of the present one, a function, or a part of these.

Each function gives an object of its own; what it takes from the client went through the kind's schema.
"""

from collections.abc import Callable

from kubernel.registry import identity, intake
from kubernel.registry.encoding import decode
from kubernel.registry.patch.media import patched
from kubernel.registry.pipeline import Target
from kubernel.registry.requests import Cached, Patch, WriteOptions
from kubernel.types.json import JSON, Object

Make = Callable[[Cached, list[str]], Object]


def replacement(target: Target, body: JSON, options: WriteOptions, current: Cached, warnings: list[str]) -> Object:
    """What a client wants in place of the present state."""
    new = intake.take(target.definition, body, options.field_validation, warnings)
    identity.check_path(new, target.definition, target.namespace, target.name)
    return target.to_stored(new)


def patch_of(target: Target, patch: Patch, options: WriteOptions, current: Cached, warnings: list[str]) -> Object:
    """What a patch makes of the present state."""
    document = target.from_stored(decode(current.encoded))
    new = intake.take_patched(
        target.definition, patched(document, patch, target.definition.schema), options.field_validation, warnings
    )
    identity.check_path(new, target.definition, target.namespace, target.name)
    return target.to_stored(new)


def changed(change: Callable[[Object], None], current: Cached, warnings: list[str]) -> Object:
    """What a function makes of a copy of the present state."""
    new = decode(current.encoded)
    change(new)
    return new


def with_status(make: Make, current: Cached, warnings: list[str]) -> Object:
    """The present state with nothing but the status of another one (and the version that it was made for)."""
    wanted = make(current, warnings)
    new = _for_version(current, wanted)
    if "status" in wanted:
        new["status"] = wanted["status"]
    else:
        new.pop("status", None)
    return new


def finalized(make: Make, current: Cached, warnings: list[str]) -> Object:
    """The present state with nothing but the `spec.finalizers` of another one."""
    wanted = make(current, warnings)
    new = _for_version(current, wanted)
    spec = new.setdefault("spec", {})
    finalizers = (wanted.get("spec") or {}).get("finalizers")
    if finalizers:
        spec["finalizers"] = finalizers
    else:
        spec.pop("finalizers", None)
    return new


def _for_version(current: Cached, wanted: Object) -> Object:
    new = decode(current.encoded)
    metadata: Object = wanted.get("metadata") or {}
    for field in ("resourceVersion", "uid"):
        if metadata.get(field):
            new["metadata"][field] = metadata[field]
        elif field == "resourceVersion":
            del new["metadata"][field]
    return new
