"""Replica sets: so many pods of one template."""

from kubernel.objects import fields as f
from kubernel.objects.core.pod.schema import PodTemplateSpec
from kubernel.objects.meta import KindSchema, LabelSelector

_GROUP = "io.k8s.api.apps.v1"


class ReplicaSetSpec(f.ApiSchema):
    """What a replica set is to be."""

    class Meta:
        definition = f"{_GROUP}.ReplicaSetSpec"

    minReadySeconds = f.integer("seconds that a pod must be ready for to count as available", minimum=0)
    replicas = f.integer("how many pods there should be", default=1, minimum=0)
    selector = f.obj(LabelSelector, "which pods are its own; cannot change", required=True)
    template = f.obj(PodTemplateSpec, "what its pods are made from")


class ReplicaSetCondition(f.ApiSchema):
    """One aspect of its state."""

    class Meta:
        definition = f"{_GROUP}.ReplicaSetCondition"

    lastTransitionTime = f.time("when it last changed")
    message = f.string("why, for people")
    reason = f.string("why, in one word")
    status = f.string("True, False or Unknown", required=True, allow_empty=True)
    type = f.string("which aspect", required=True, allow_empty=True)


class ReplicaSetStatus(f.ApiSchema):
    """What is known of it."""

    class Meta:
        definition = f"{_GROUP}.ReplicaSetStatus"

    availableReplicas = f.integer("pods that have been ready long enough")
    conditions = f.list_of(
        ReplicaSetCondition, "aspects of its state", list_type="map", map_keys=("type",), merge_key="type", patch_strategy="merge"
    )
    fullyLabeledReplicas = f.integer("pods with all labels of the template")
    observedGeneration = f.integer("generation that this was said of", format="int64")
    readyReplicas = f.integer("pods that are ready")
    replicas = f.integer("pods there are", required=True, allow_empty=True)
    terminatingReplicas = f.integer("pods that are ending")


class ReplicaSet(KindSchema):
    """So many pods of one template."""

    class Meta:
        definition = f"{_GROUP}.ReplicaSet"

    spec = f.obj(ReplicaSetSpec, "what it is to be", default={})
    status = f.obj(ReplicaSetStatus, "what is known of it", default={})
