"""The claim that an ephemeral volume brings along; the same types make up PersistentVolumeClaims."""

from kubernel.objects import fields as f
from kubernel.objects.core.references import TypedLocalObjectReference, TypedObjectReference
from kubernel.objects.meta import LabelSelector, ObjectMeta

_GROUP = "io.k8s.api.core.v1"


class VolumeResourceRequirements(f.ApiSchema):
    """How much storage is asked for."""

    class Meta:
        definition = f"{_GROUP}.VolumeResourceRequirements"

    limits = f.map_of(f.quantity(), "the most")
    requests = f.map_of(f.quantity(), "the least")


class PersistentVolumeClaimSpec(f.ApiSchema):
    """What kind of volume is claimed."""

    class Meta:
        definition = f"{_GROUP}.PersistentVolumeClaimSpec"

    accessModes = f.list_of(f.string(), "how it will be mounted", list_type="atomic")
    dataSource = f.obj(TypedLocalObjectReference, "snapshot or claim that it starts as a copy of")
    dataSourceRef = f.obj(TypedObjectReference, "object that it starts as a copy of, of any kind")
    resources = f.obj(VolumeResourceRequirements, "how large", default={})
    selector = f.obj(LabelSelector, "which volumes may be bound")
    storageClassName = f.string("storage class")
    volumeAttributesClassName = f.string("class of changeable attributes")
    volumeMode = f.string("Filesystem or Block", default="Filesystem", enum=("Block", "Filesystem"))
    volumeName = f.string("the volume that is bound")


class PersistentVolumeClaimTemplate(f.ApiSchema):
    """A claim made for one pod."""

    class Meta:
        definition = f"{_GROUP}.PersistentVolumeClaimTemplate"

    metadata = f.obj(ObjectMeta, "labels and annotations of the claim")
    spec = f.obj(PersistentVolumeClaimSpec, "the claim", required=True)
