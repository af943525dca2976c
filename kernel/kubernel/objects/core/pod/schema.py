"""The pod itself, the template of pods that workloads carry, and the binding that gives a pod its node."""

from kubernel.objects import fields as f
from kubernel.objects.core.pod.spec import PodSpec
from kubernel.objects.core.pod.status import PodStatus
from kubernel.objects.core.references import ObjectReference
from kubernel.objects.meta import KindSchema, ObjectMeta

_GROUP = "io.k8s.api.core.v1"


class Pod(KindSchema):
    """Containers that live and die together on one node."""

    class Meta:
        definition = f"{_GROUP}.Pod"

    spec = f.obj(PodSpec, "what it is to be", default={})
    status = f.obj(PodStatus, "what is known of it")


class PodTemplateSpec(f.ApiSchema):
    """What a workload makes its pods from."""

    class Meta:
        definition = f"{_GROUP}.PodTemplateSpec"

    metadata = f.obj(ObjectMeta, "labels and annotations of the pods")
    spec = f.obj(PodSpec, "what the pods are to be")


class Binding(KindSchema):
    """Gives a pod its node."""

    class Meta:
        definition = f"{_GROUP}.Binding"

    target = f.obj(ObjectReference, "the node", required=True)
