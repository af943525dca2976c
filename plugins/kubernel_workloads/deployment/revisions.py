"""A deployment's revisions: the replica set of the present template, found or made, numbered, and noted in annotations.

Rolling back is nothing special here: a template of the past finds its old replica set, which then gets the newest number.
"""

from collections.abc import Mapping

from kubernel.types.json import Object
from kubernel.types.numbers import whole_number
from kubernel.types.references import owner_reference
from kubernel_workloads.deployment.scaling import max_surge
from kubernel_workloads.deployment.sets import (
    DESIRED,
    HASH_LABEL,
    MAXIMUM,
    REVISION,
    REVISION_HISTORY,
    ReplicaSets,
    revision_of,
    template_hash,
    wanted,
)

NOT_COPIED = frozenset(
    (
        "kubectl.kubernetes.io/last-applied-configuration",
        "deprecated.deployment.rollback.to",
        REVISION,
        REVISION_HISTORY,
        DESIRED,
        MAXIMUM,
    )
)
HISTORY_LENGTH = 2000


def next_revision(old: ReplicaSets) -> int:
    """One more than any old replica set has."""
    return max((revision_of(found) for found in old), default=0) + 1


def size_notes(deployment: Object) -> dict[str, str]:
    """What a replica set was sized for, so that a later change of `spec.replicas` can be told from a rollout."""
    replicas = wanted(deployment)
    return {DESIRED: str(replicas), MAXIMUM: str(replicas + max_surge(deployment))}


def annotations_for(deployment: Object, present: Mapping[str, str], revision: int, *, exists: bool) -> dict[str, str]:
    """The annotations of the newest replica set: the deployment's own, the revision, and its former revisions."""
    own = deployment["metadata"].get("annotations") or {}
    notes = {**present, **{name: value for name, value in own.items() if name not in NOT_COPIED}}
    before = str(present.get(REVISION, ""))
    former = whole_number(before) or 0
    if former < revision:
        notes[REVISION] = str(revision)
        if exists and before:
            notes[REVISION_HISTORY] = _history(present.get(REVISION_HISTORY, ""), before)
    if not exists:
        notes.update(size_notes(deployment))
    return notes


def _history(history: str, revision: str) -> str:
    """`1,3,5`, the oldest of them dropped where it grows too long for an annotation."""
    entries = [entry for entry in history.split(",") if entry]
    if entries and entries[-1] == revision:
        return history
    entries.append(revision)
    while len(",".join(entries)) > HISTORY_LENGTH:
        entries.pop(0)
    return ",".join(entries)


def new_replica_set(deployment: Object, revision: int, size: int) -> Object:
    """The replica set of a deployment's present template, to be created."""
    metadata, spec = deployment["metadata"], deployment["spec"]
    template = spec["template"]
    name = template_hash(template, int((deployment.get("status") or {}).get("collisionCount") or 0))
    template_metadata = template.get("metadata") or {}
    labels = {**(template_metadata.get("labels") or {}), HASH_LABEL: name}
    selector = spec["selector"]
    matching = {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), HASH_LABEL: name}}
    wanted_spec: Object = {
        "replicas": size,
        "selector": matching,
        "template": {**template, "metadata": {**template_metadata, "labels": labels}},
    }
    if spec.get("minReadySeconds"):
        wanted_spec["minReadySeconds"] = spec["minReadySeconds"]
    return {
        "kind": "ReplicaSet",
        "apiVersion": "apps/v1",
        "metadata": {
            "name": f"{metadata['name'][:242]}-{name}",
            "namespace": metadata["namespace"],
            "labels": labels,
            "annotations": annotations_for(deployment, {}, revision, exists=False),
            "ownerReferences": [owner_reference(deployment)],
        },
        "spec": wanted_spec,
    }
