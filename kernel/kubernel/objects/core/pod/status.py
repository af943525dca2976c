"""What is known of a pod: written by its node, the scheduler and controllers through the status subresource."""

from kubernel.objects import fields as f
from kubernel.objects.core.pod.resources import ResourceRequirements

_GROUP = "io.k8s.api.core.v1"


class PodCondition(f.ApiSchema):
    """One aspect of the pod's state."""

    class Meta:
        definition = f"{_GROUP}.PodCondition"

    lastProbeTime = f.time("when it was last looked at")
    lastTransitionTime = f.time("when it last changed")
    message = f.string("why, for people")
    observedGeneration = f.integer("generation of the pod that this was said of", format="int64")
    reason = f.string("why, in one word")
    status = f.string("True, False or Unknown", required=True, allow_empty=True)
    type = f.string("which aspect", required=True, allow_empty=True)


class ContainerStateRunning(f.ApiSchema):
    """The container runs."""

    class Meta:
        definition = f"{_GROUP}.ContainerStateRunning"

    startedAt = f.time("since when")


class ContainerStateTerminated(f.ApiSchema):
    """The container has ended."""

    class Meta:
        definition = f"{_GROUP}.ContainerStateTerminated"

    containerID = f.string("handle of the container, such as `process://...`")
    exitCode = f.integer("exit code", required=True, allow_empty=True)
    finishedAt = f.time("when it ended")
    message = f.string("why, for people")
    reason = f.string("why, in one word")
    signal = f.integer("signal that ended it")
    startedAt = f.time("when it started")


class ContainerStateWaiting(f.ApiSchema):
    """The container cannot run yet."""

    class Meta:
        definition = f"{_GROUP}.ContainerStateWaiting"

    message = f.string("why, for people")
    reason = f.string("why, in one word")


class ContainerState(f.ApiSchema):
    """One of the three states."""

    class Meta:
        definition = f"{_GROUP}.ContainerState"

    running = f.obj(ContainerStateRunning, "it runs")
    terminated = f.obj(ContainerStateTerminated, "it has ended")
    waiting = f.obj(ContainerStateWaiting, "it cannot run yet")


class ResourceHealth(f.ApiSchema):
    """Health of one device."""

    class Meta:
        definition = f"{_GROUP}.ResourceHealth"

    health = f.string("Healthy, Unhealthy or Unknown")
    message = f.string("why, for people")
    resourceID = f.string("id of the device", required=True, allow_empty=True)


class ResourceStatus(f.ApiSchema):
    """Health of the devices of one resource."""

    class Meta:
        definition = f"{_GROUP}.ResourceStatus"

    name = f.string("name of the resource", required=True, allow_empty=True)
    resources = f.list_of(ResourceHealth, "the devices", list_type="map", map_keys=("resourceID",))


class LinuxContainerUser(f.ApiSchema):
    """User and groups of the first process."""

    class Meta:
        definition = f"{_GROUP}.LinuxContainerUser"

    gid = f.integer("group id", required=True, allow_empty=True, format="int64")
    supplementalGroups = f.list_of(f.integer(format="int64"), "further group ids", list_type="atomic")
    uid = f.integer("user id", required=True, allow_empty=True, format="int64")


class ContainerUser(f.ApiSchema):
    """Who the container runs as."""

    class Meta:
        definition = f"{_GROUP}.ContainerUser"

    linux = f.obj(LinuxContainerUser, "on Linux")


class ImageVolumeStatus(f.ApiSchema):
    """The image behind a volume."""

    class Meta:
        definition = f"{_GROUP}.ImageVolumeStatus"

    imageRef = f.string("reference of the image with its digest", required=True, allow_empty=True)


class VolumeStatus(f.ApiSchema):
    """What became of a volume."""

    class Meta:
        definition = f"{_GROUP}.VolumeStatus"

    image = f.obj(ImageVolumeStatus, "the image behind it")


class VolumeMountStatus(f.ApiSchema):
    """What became of a mount."""

    class Meta:
        definition = f"{_GROUP}.VolumeMountStatus"

    mountPath = f.string("path in the container", required=True, allow_empty=True)
    name = f.string("name of the volume", required=True, allow_empty=True)
    readOnly = f.boolean("whether it cannot be written")
    recursiveReadOnly = f.string("whether mounts below are read-only too")
    volumeStatus = f.obj(VolumeStatus, "what became of the volume")


class ContainerStatus(f.ApiSchema):
    """What is known of one container."""

    class Meta:
        definition = f"{_GROUP}.ContainerStatus"

    allocatedResources = f.map_of(f.quantity(), "what the node has set aside")
    allocatedResourcesStatus = f.list_of(
        ResourceStatus, "health of its devices", list_type="map", map_keys=("name",), merge_key="name", patch_strategy="merge"
    )
    containerID = f.string("handle of the container, such as `process://...`")
    image = f.string("name of the image that runs", required=True, allow_empty=True)
    imageID = f.string("id of the image that runs", required=True, allow_empty=True)
    lastState = f.obj(ContainerState, "how its previous run ended", default={})
    name = f.string("name of the container", required=True, allow_empty=True)
    ready = f.boolean("whether it passes its readiness probe", required=True, allow_empty=True)
    resources = f.obj(ResourceRequirements, "requests and limits in force")
    restartCount = f.integer("how many times it was restarted", required=True, allow_empty=True)
    started = f.boolean("whether it has passed its startup probe")
    state = f.obj(ContainerState, "its present state", default={})
    stopSignal = f.string("the signal that ends it")
    user = f.obj(ContainerUser, "who it runs as")
    volumeMounts = f.list_of(
        VolumeMountStatus,
        "what became of its mounts",
        list_type="map",
        map_keys=("mountPath",),
        merge_key="mountPath",
        patch_strategy="merge",
    )


class HostIP(f.ApiSchema):
    """An address of the node."""

    class Meta:
        definition = f"{_GROUP}.HostIP"

    ip = f.string("the address", required=True, allow_empty=True)


class PodIP(f.ApiSchema):
    """An address of the pod."""

    class Meta:
        definition = f"{_GROUP}.PodIP"

    ip = f.string("the address", required=True, allow_empty=True)


class PodResourceClaimStatus(f.ApiSchema):
    """The claim that stands behind an entry of resourceClaims."""

    class Meta:
        definition = f"{_GROUP}.PodResourceClaimStatus"

    name = f.string("name of the entry", required=True, allow_empty=True)
    resourceClaimName = f.string("name of the claim")


class ContainerExtendedResourceRequest(f.ApiSchema):
    """Which request of a claim serves a container's extended resource."""

    class Meta:
        definition = f"{_GROUP}.ContainerExtendedResourceRequest"

    containerName = f.string("name of the container", required=True, allow_empty=True)
    requestName = f.string("name of the request", required=True, allow_empty=True)
    resourceName = f.string("name of the resource", required=True, allow_empty=True)


class PodExtendedResourceClaimStatus(f.ApiSchema):
    """The claim made for extended resources."""

    class Meta:
        definition = f"{_GROUP}.PodExtendedResourceClaimStatus"

    requestMappings = f.list_of(
        ContainerExtendedResourceRequest, "which request serves what", required=True, allow_empty=True, list_type="atomic"
    )
    resourceClaimName = f.string("name of the claim", required=True, allow_empty=True)


class NodeAllocatableResourceClaimStatus(f.ApiSchema):
    """What a claim takes of the node's own resources."""

    class Meta:
        definition = f"{_GROUP}.NodeAllocatableResourceClaimStatus"

    containers = f.list_of(f.string(), "containers that share it", list_type="set")
    resourceClaimName = f.string("name of the claim", required=True, allow_empty=True)
    resources = f.map_of(f.quantity(), "how much of what", required=True, allow_empty=True)


class PodStatus(f.ApiSchema):
    """What is known of a pod."""

    class Meta:
        definition = f"{_GROUP}.PodStatus"

    allocatedResources = f.map_of(f.quantity(), "what the node has set aside for the pod")
    conditions = f.list_of(
        PodCondition, "aspects of its state", list_type="map", map_keys=("type",), merge_key="type", patch_strategy="merge"
    )
    containerStatuses = f.list_of(ContainerStatus, "its containers", list_type="atomic")
    ephemeralContainerStatuses = f.list_of(ContainerStatus, "its ephemeral containers", list_type="atomic")
    extendedResourceClaimStatus = f.obj(PodExtendedResourceClaimStatus, "the claim made for extended resources")
    hostIP = f.string("address of its node")
    hostIPs = f.list_of(HostIP, "addresses of its node", list_type="atomic", merge_key="ip", patch_strategy="merge")
    initContainerStatuses = f.list_of(ContainerStatus, "its init containers", list_type="atomic")
    message = f.string("why it is so, for people")
    nodeAllocatableResourceClaimStatuses = f.list_of(
        NodeAllocatableResourceClaimStatus, "what claims take of the node's own resources", list_type="atomic"
    )
    nominatedNodeName = f.string("node on which room is being made for it")
    observedGeneration = f.integer("generation that its node has acted on", format="int64")
    phase = f.string("Pending, Running, Succeeded, Failed or Unknown")
    podIP = f.string("its address")
    podIPs = f.list_of(PodIP, "its addresses", list_type="map", map_keys=("ip",), merge_key="ip", patch_strategy="merge")
    qosClass = f.string("Guaranteed, Burstable or BestEffort")
    reason = f.string("why it is so, in one word")
    resize = f.string("state of a change of resources")
    resourceClaimStatuses = f.list_of(
        PodResourceClaimStatus,
        "claims made for it",
        list_type="map",
        map_keys=("name",),
        merge_key="name",
        patch_strategy="merge,retainKeys",
    )
    resources = f.obj(ResourceRequirements, "requests and limits in force for the pod")
    startTime = f.time("when its node took it up")
