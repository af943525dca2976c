"""What a container or a pod asks for and is limited to."""

from kubernel.objects import fields as f

_GROUP = "io.k8s.api.core.v1"


class ResourceClaim(f.ApiSchema):
    """A claim of the pod that a container uses."""

    class Meta:
        definition = f"{_GROUP}.ResourceClaim"

    name = f.string("name of the entry in the pod's resourceClaims", required=True)
    request = f.string("one request of the claim only")


class ResourceRequirements(f.ApiSchema):
    """Requests and limits."""

    class Meta:
        definition = f"{_GROUP}.ResourceRequirements"

    claims = f.list_of(ResourceClaim, "claims of the pod that are used", list_type="map", map_keys=("name",))
    limits = f.map_of(f.quantity(), "the most that may be used, by resource")
    requests = f.map_of(f.quantity(), "the least that is needed, by resource; the limits when absent")


class ContainerResizePolicy(f.ApiSchema):
    """What a change of a resource means for a running container."""

    class Meta:
        definition = f"{_GROUP}.ContainerResizePolicy"

    resourceName = f.string("cpu or memory", required=True, enum=("cpu", "memory"))
    restartPolicy = f.string("NotRequired or RestartContainer", required=True, enum=("NotRequired", "RestartContainer"))
