"""The replica sets of a deployment: which is the newest, how many pods they hold, in which order they go."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import orjson

from kubernel.types.json import Object
from kubernel.types.numbers import whole_number
from kubernel.types.pods import is_terminating

ReplicaSets: TypeAlias = Sequence[Object]

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""Letters that cannot form words, as Kubernetes uses for made names."""


def wanted(obj: Object) -> int:
    """`spec.replicas` of a deployment or a replica set."""
    return int(obj["spec"].get("replicas", 1))


def told(obj: Object, field: str) -> int:
    """A count of the status; absent is 0."""
    return int((obj.get("status") or {}).get(field) or 0)


def total(sets: Iterable[Object]) -> int:
    """How many pods these replica sets are to hold."""
    return sum(wanted(found) for found in sets)


def active(sets: Iterable[Object]) -> list[Object]:
    """Those that are to hold pods."""
    return [found for found in sets if wanted(found) > 0]


def by_age(sets: Iterable[Object]) -> list[Object]:
    """The oldest first; of the same second, by name, so that everybody chooses alike."""
    return sorted(sets, key=lambda found: (found["metadata"].get("creationTimestamp") or "", found["metadata"]["name"]))


def revision_of(obj: Object) -> int:
    """The revision in an object's annotations; 0 where there is none or it is no number."""
    text = str((obj["metadata"].get("annotations") or {}).get(REVISION, ""))
    return whole_number(text) or 0


def without_hash(template: Object) -> Object:
    """A template as the deployment knows it: without the label that tells replica sets apart, empty maps left out."""
    metadata = {name: value for name, value in (template.get("metadata") or {}).items() if value}
    labels = {name: value for name, value in (metadata.pop("labels", None) or {}).items() if name != HASH_LABEL}
    if labels:
        metadata["labels"] = labels
    return {**template, "metadata": metadata}


def split(deployment: Object, sets: ReplicaSets) -> tuple[Object | None, list[Object]]:
    """The replica set of the present template (the oldest, should there be several), and all the others."""
    template = without_hash(deployment["spec"]["template"])
    newest = next((found for found in by_age(sets) if without_hash(found["spec"]["template"]) == template), None)
    uid = newest["metadata"]["uid"] if newest else ""
    return newest, [found for found in sets if found["metadata"]["uid"] != uid]


def active_or_latest(newest: Object | None, old: ReplicaSets) -> Object | None:
    """The one replica set that holds pods, or would; None while a rollout is under way (several do)."""
    holding = active([*old, newest] if newest else old)
    if len(holding) == 1:
        return holding[0]
    if holding:
        return None
    return newest or next(iter(reversed(by_age(old))), None)


def template_hash(template: Object, collisions: int) -> str:
    """A short name for a template; another one after each collision of names."""
    content = orjson.dumps(without_hash(template), option=orjson.OPT_SORT_KEYS) + str(collisions or "").encode()
    number = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")
    letters = []
    for _ in range(10):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def to_clean_up(deployment: Object, old: ReplicaSets) -> list[Object]:
    """The empty old replica sets beyond `revisionHistoryLimit`, the oldest revisions first."""
    limit = deployment["spec"].get("revisionHistoryLimit")
    if limit is None:
        return []
    alive = [found for found in old if not is_terminating(found)]
    surplus = sorted(alive, key=revision_of)[: max(0, len(alive) - int(limit))]
    return [found for found in surplus if _is_empty(found)]


def _is_empty(found: Object) -> bool:
    seen = told(found, "observedGeneration") >= int(found["metadata"].get("generation") or 0)
    return seen and not wanted(found) and not told(found, "replicas")
