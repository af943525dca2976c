"""The definition of replica sets, with what `kubectl get replicasets` shows."""

from kubernel.objects.columns import AGE, NAME, containers_cell, images_cell, selector_text
from kubernel.ports.resource import Column, ResourceDefinition, Scale
from kubernel.types.json import JSON, Object
from kubernel.types.well_known import REPLICA_SETS
from kubernel_workloads.replicaset.schema import ReplicaSet
from kubernel_workloads.replicaset.strategy import ReplicaSetStrategy


def _spec(replica_set: Object) -> Object:
    found: Object = replica_set.get("spec") or {}
    return found


def _pod_spec(replica_set: Object) -> Object:
    found: Object = (_spec(replica_set).get("template") or {}).get("spec") or {}
    return found


def _told(replica_set: Object, field: str) -> JSON:
    return (replica_set.get("status") or {}).get(field, 0)


REPLICA_SET = ResourceDefinition(
    REPLICA_SETS,
    "ReplicaSet",
    ReplicaSet,
    short_names=("rs",),
    categories=("all",),
    strategy=ReplicaSetStrategy(),
    columns=(
        NAME,
        Column("Desired", "integer", lambda obj, now: _spec(obj).get("replicas", 1), "pods that there should be"),
        Column("Current", "integer", lambda obj, now: _told(obj, "replicas"), "pods that there are"),
        Column("Ready", "integer", lambda obj, now: _told(obj, "readyReplicas"), "pods that are ready"),
        AGE,
        Column("Containers", "string", lambda obj, now: containers_cell(_pod_spec(obj)), "names of its containers", 1),
        Column("Images", "string", lambda obj, now: images_cell(_pod_spec(obj)), "images of its containers", 1),
        Column("Selector", "string", lambda obj, now: selector_text(_spec(obj).get("selector")), "labels of its pods", 1),
    ),
    status=True,
    scale=Scale(),
    description="so many pods of one template",
)
