"""Scale: how many there are and how many there should be, whatever the kind."""

from kubernel.objects import fields as f
from kubernel.objects.meta import KindSchema

_GROUP = "io.k8s.api.autoscaling.v1"


class ScaleSpec(f.ApiSchema):
    """How many there should be."""

    class Meta:
        definition = f"{_GROUP}.ScaleSpec"

    replicas = f.integer("how many", minimum=0)


class ScaleStatus(f.ApiSchema):
    """How many there are."""

    class Meta:
        definition = f"{_GROUP}.ScaleStatus"

    replicas = f.integer("how many", required=True, allow_empty=True)
    selector = f.string("which pods, as text")


class Scale(KindSchema):
    """How many there are and should be."""

    class Meta:
        definition = f"{_GROUP}.Scale"

    spec = f.obj(ScaleSpec, "how many there should be", default={})
    status = f.obj(ScaleStatus, "how many there are")
