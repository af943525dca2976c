"""The rules that all metadata obeys: names, labels, annotations, owners, finalizers, and what an update may not change.

Labels and annotation keys repeat from object to object, so what is known to be right is remembered.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from kubernel.errors import Cause
from kubernel.objects import causes
from kubernel.types.json import Object
from kubernel.types.names import dns_label, label_value, qualified_name

ANNOTATIONS_LIMIT = 256 * 1024
_FOREGROUND, _ORPHAN = "foregroundDeletion", "orphan"


@lru_cache(maxsize=8192)
def _wrong_key(key: str) -> tuple[str, ...]:
    return tuple(qualified_name(key))


@lru_cache(maxsize=8192)
def _wrong_value(value: str) -> tuple[str, ...]:
    return tuple(label_value(value))


def metadata_causes(
    metadata: Object, name_rule: Callable[[str], list[str]], namespaced: bool | None, path: str = "metadata"
) -> list[Cause]:
    """What is wrong with the metadata of an object that is to be stored."""
    found = _name_causes(metadata, name_rule, path)
    if namespaced is not None:
        found += _namespace_causes(metadata.get("namespace", ""), namespaced, path)
    if metadata.get("generation", 0) < 0:
        found.append(causes.invalid(f"{path}.generation", metadata["generation"], "must be greater than or equal to 0"))
    if "labels" in metadata:
        found += label_causes(metadata["labels"], f"{path}.labels")
    if "annotations" in metadata:
        found += annotation_causes(metadata["annotations"], f"{path}.annotations")
    if "ownerReferences" in metadata:
        found += _owner_causes(metadata["ownerReferences"], f"{path}.ownerReferences")
    if "finalizers" in metadata:
        found += finalizer_causes(metadata["finalizers"], f"{path}.finalizers")
    if "managedFields" in metadata:
        found += _managed_fields_causes(metadata["managedFields"], f"{path}.managedFields")
    return found


def _name_causes(metadata: Object, name_rule: Callable[[str], list[str]], path: str) -> list[Cause]:
    found = []
    prefix, name = metadata.get("generateName", ""), metadata.get("name", "")
    if prefix:
        stem = prefix[:-1] + "a" if prefix.endswith("-") and len(prefix) > 1 else prefix
        found += causes.names(f"{path}.generateName", prefix, name_rule(stem))
    if not name:
        found.append(causes.required(f"{path}.name", "name or generateName is required"))
    else:
        found += causes.names(f"{path}.name", name, name_rule(name))
    return found


def _namespace_causes(namespace: str, namespaced: bool, path: str) -> list[Cause]:
    if not namespaced:
        return [causes.forbidden(f"{path}.namespace", "not allowed on this type")] if namespace else []
    if not namespace:
        return [causes.required(f"{path}.namespace")]
    return causes.names(f"{path}.namespace", namespace, dns_label(namespace))


def label_causes(labels: Object, path: str) -> list[Cause]:
    """What is wrong with a map of labels: of an object, of a template, of a selector."""
    found = []
    for key, value in labels.items():
        found += causes.names(path, key, _wrong_key(key))
        found += causes.names(path, value, _wrong_value(value))
    return found


def annotation_causes(annotations: Object, path: str) -> list[Cause]:
    """What is wrong with annotations; their keys may have capital letters in the prefix."""
    found = []
    size = 0
    for key, value in annotations.items():
        found += causes.names(path, key, _wrong_key(key.lower()))
        size += len(key) + len(value)
    if size * 4 > ANNOTATIONS_LIMIT:
        size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
    if size > ANNOTATIONS_LIMIT:
        found.append(causes.too_long(path, ANNOTATIONS_LIMIT))
    return found


def _owner_causes(owners: Sequence[Object], path: str) -> list[Cause]:
    found = []
    controller = ""
    for position, owner in enumerate(owners):
        place = causes.index(path, position)
        version = owner.get("apiVersion", "")
        if not version.rpartition("/")[2]:
            found.append(causes.invalid(f"{place}.apiVersion", version, "version must not be empty"))
        found += [
            causes.invalid(f"{place}.{name}", "", "must not be empty") for name in ("kind", "name", "uid") if not owner.get(name)
        ]
        if (version, owner.get("kind")) == ("v1", "Event"):
            found.append(causes.invalid(place, owner, "/v1, Kind=Event is disallowed from being an owner"))
        if owner.get("controller"):
            if controller:
                detail = (
                    'Only one reference can have Controller set to true. Found "true" in references for '
                    f"{controller} and {owner.get('name', '')}"
                )
                found.append(causes.invalid(path, owners, detail))
            controller = owner.get("name", "")
    return found


def finalizer_causes(finalizers: Sequence[str], path: str) -> list[Cause]:
    """What is wrong with a list of finalizers."""
    found = [cause for name in finalizers for cause in causes.names(path, name, _wrong_key(name))]
    if _FOREGROUND in finalizers and _ORPHAN in finalizers:
        found.append(causes.invalid(path, finalizers, f"finalizer {_ORPHAN} and {_FOREGROUND} cannot be both set"))
    return found


def _managed_fields_causes(entries: Sequence[Object], path: str) -> list[Cause]:
    found = []
    for position, entry in enumerate(entries):
        place = causes.index(path, position)
        if entry.get("operation") not in ("Apply", "Update"):
            operation = entry.get("operation", "")
            found.append(causes.invalid(f"{place}.operation", operation, "must be `Apply` or `Update`"))
        if entry.get("fieldsType", "") != "FieldsV1":
            found.append(causes.invalid(f"{place}.fieldsType", entry.get("fieldsType", ""), "must be `FieldsV1`"))
    return found


def metadata_update_causes(new: Object, old: Object, path: str = "metadata") -> list[Cause]:
    """What an update of stored metadata may not change.

    :param new: the metadata that is to be written, with what the server itself keeps already taken from `old`.
    """
    found = []
    for name in ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"):
        found += causes.immutable(f"{path}.{name}", new.get(name), old.get(name))
    if new.get("generation", 0) < old.get("generation", 0):
        found.append(causes.invalid(f"{path}.generation", new.get("generation", 0), "must not be decremented"))
    added = [name for name in new.get("finalizers") or () if name not in (old.get("finalizers") or ())]
    if old.get("deletionTimestamp") and added:
        shown = ", ".join(f'"{name}"' for name in added)
        detail = "no new finalizers can be added if the object is being deleted, found new finalizers []string{" + shown + "}"
        found.append(causes.forbidden(f"{path}.finalizers", detail))
    return found
