"""Service accounts: who pods act as."""

from kubernel.objects import fields as f
from kubernel.objects.core.references import LocalObjectReference, ObjectReference
from kubernel.objects.meta import KindSchema

_GROUP = "io.k8s.api.core.v1"


class ServiceAccount(KindSchema):
    """Who pods act as."""

    class Meta:
        definition = f"{_GROUP}.ServiceAccount"

    automountServiceAccountToken = f.boolean("whether pods get a token")
    imagePullSecrets = f.list_of(LocalObjectReference, "Secrets for pulling images, given to its pods", list_type="atomic")
    secrets = f.list_of(
        ObjectReference,
        "Secrets that its pods may use",
        list_type="map",
        map_keys=("name",),
        merge_key="name",
        patch_strategy="merge",
    )
