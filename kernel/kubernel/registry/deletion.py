"""What a deletion does to an object, as pure rules: grace, finalizers, and who looks after the dependents.

An object goes at once unless its kind gives it grace, or finalizers (or something of the kind's own) hold it; then it is only
marked: `deletionTimestamp` is when it is to be gone, `deletionGracePeriodSeconds` how long it was given. A later deletion may
shorten the grace, never lengthen it. `foregroundDeletion` and `orphan` are finalizers that ask the garbage collector to deal with
the dependents first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kubernel.errors import ConflictError
from kubernel.ports.resource import ResourceDefinition, Strategy
from kubernel.registry.identity import unchanged
from kubernel.registry.requests import DeleteOptions
from kubernel.types.json import Object
from kubernel.types.times import format_time, parse_time

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Decision:
    """`remove` it now, or write `marked`, or (neither) leave it: its deletion is under way already."""

    remove: bool = False
    marked: Object | None = None


def decide(old: Object, definition: ResourceDefinition, options: DeleteOptions, now: datetime) -> Decision:
    """What a deletion means for an object as it is; `old` is left untouched."""
    strategy = definition.strategy
    metadata: Object = dict(old["metadata"])
    metadata.pop("resourceVersion", None)
    marked: Object = {**old, "metadata": metadata}
    graceful, pending = _give_grace(marked, strategy, options.grace_seconds, now)
    if pending:
        return Decision()
    _set_finalizers(metadata, options)
    if not _held(marked, strategy):
        if graceful and metadata["deletionGracePeriodSeconds"] > 0:
            return _marked(marked, old, strategy)
        return Decision(remove=True)
    if not graceful:
        _mark(metadata, now)
    if unchanged(marked, old):
        return Decision()
    return _marked(marked, old, strategy)


def completes(new: Object, strategy: Strategy) -> bool:
    """Whether nothing holds an object any more whose deletion was asked for."""
    metadata = new["metadata"]
    if not metadata.get("deletionTimestamp") or metadata.get("deletionGracePeriodSeconds"):
        return False
    return not _held(new, strategy)


def check_preconditions(old: Object, definition: ResourceDefinition, name: str, options: DeleteOptions) -> None:
    """:raises ConflictError: the object is not the one that was meant."""
    metadata = old["metadata"]
    if options.uid and options.uid != metadata.get("uid"):
        why = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record ({metadata.get('uid', '')}). "
            "The object might have been deleted and then recreated"
        )
        raise ConflictError.of(definition.kind, name, definition.resource.group, why)
    if options.resource_version and options.resource_version != metadata.get("resourceVersion"):
        why = (
            f"the ResourceVersion in the precondition ({options.resource_version}) does not match the ResourceVersion in record "
            f"({metadata.get('resourceVersion', '')}). The object might have been modified"
        )
        raise ConflictError.of(definition.kind, name, definition.resource.group, why)


def _give_grace(marked: Object, strategy: Strategy, asked: int | None, now: datetime) -> tuple[bool, bool]:
    """Whether the object gets (a new) grace, and whether it has grace already that stays as it is."""
    metadata = marked["metadata"]
    if asked is not None and asked < 0:
        asked = 1
    if metadata.get("deletionTimestamp"):
        given = metadata.get("deletionGracePeriodSeconds", 0)
        if given == 0:
            return False, False
        if asked is None or asked >= given:
            return False, True
        moment = parse_time(metadata["deletionTimestamp"]) + timedelta(seconds=asked - given)
        metadata["deletionTimestamp"] = format_time(moment)
        metadata["deletionGracePeriodSeconds"] = asked
        return True, False
    grace = strategy.grace_seconds(marked, asked)
    if grace <= 0:
        return False, False
    metadata["deletionTimestamp"] = format_time(now + timedelta(seconds=grace))
    metadata["deletionGracePeriodSeconds"] = grace
    if "generation" in metadata:
        metadata["generation"] += 1
    return True, False


def _set_finalizers(metadata: Object, options: DeleteOptions) -> None:
    """Ask the garbage collector for what the propagation policy wants; without one, what was asked for earlier stays."""
    if options.propagation is None:
        return
    finalizers = [name for name in metadata.get("finalizers") or () if name not in (FOREGROUND, ORPHAN)]
    if options.propagation == "Orphan":
        finalizers.append(ORPHAN)
    elif options.propagation == "Foreground":
        finalizers.append(FOREGROUND)
    if finalizers:
        metadata["finalizers"] = finalizers
    else:
        metadata.pop("finalizers", None)


def _held(obj: Object, strategy: Strategy) -> bool:
    return bool(obj["metadata"].get("finalizers")) or strategy.keep_deleted(obj)


def _mark(metadata: Object, now: datetime) -> None:
    if "deletionGracePeriodSeconds" not in metadata and "generation" in metadata:
        metadata["generation"] += 1
    known = metadata.get("deletionTimestamp")
    if not known or parse_time(known) > now:
        metadata["deletionTimestamp"] = format_time(now)
    metadata["deletionGracePeriodSeconds"] = 0


def _marked(marked: Object, old: Object, strategy: Strategy) -> Decision:
    if not old["metadata"].get("deletionTimestamp"):
        strategy.begin_delete(marked)
    return Decision(marked=marked)
