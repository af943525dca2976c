"""Nodes: the machines, or stand-ins for machines, that pods run on."""

from kubernel.objects import fields as f
from kubernel.objects.meta import KindSchema

_GROUP = "io.k8s.api.core.v1"


class Taint(f.ApiSchema):
    """Keeps pods away that do not tolerate it."""

    class Meta:
        definition = f"{_GROUP}.Taint"

    effect = f.string(
        "NoSchedule, PreferNoSchedule or NoExecute", required=True, enum=("NoSchedule", "PreferNoSchedule", "NoExecute")
    )
    key = f.string("its key", required=True)
    timeAdded = f.time("since when")
    value = f.string("its value")


class ConfigMapNodeConfigSource(f.ApiSchema):
    """No longer in use."""

    class Meta:
        definition = f"{_GROUP}.ConfigMapNodeConfigSource"

    kubeletConfigKey = f.string("key in the ConfigMap", required=True)
    name = f.string("name of the ConfigMap", required=True)
    namespace = f.string("namespace of the ConfigMap", required=True)
    resourceVersion = f.string("version of the ConfigMap")
    uid = f.string("identity of the ConfigMap")


class NodeConfigSource(f.ApiSchema):
    """No longer in use."""

    class Meta:
        definition = f"{_GROUP}.NodeConfigSource"

    configMap = f.obj(ConfigMapNodeConfigSource, "the ConfigMap")


class NodeSpec(f.ApiSchema):
    """What a node is to be."""

    class Meta:
        definition = f"{_GROUP}.NodeSpec"

    configSource = f.obj(NodeConfigSource, "no longer in use")
    externalID = f.string("no longer in use")
    podCIDR = f.string("range that its pods get addresses from")
    podCIDRs = f.list_of(
        f.string(), "ranges that its pods get addresses from, at most one of each family", list_type="set", patch_strategy="merge"
    )
    providerID = f.string("its id at the cloud provider")
    taints = f.list_of(Taint, "keep pods away", list_type="atomic")
    unschedulable = f.boolean("whether no new pods may be placed on it")


class NodeAddress(f.ApiSchema):
    """How the node can be reached."""

    class Meta:
        definition = f"{_GROUP}.NodeAddress"

    address = f.string("the address", required=True, allow_empty=True)
    type = f.string("Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS", required=True, allow_empty=True)


class NodeCondition(f.ApiSchema):
    """One aspect of the node's state."""

    class Meta:
        definition = f"{_GROUP}.NodeCondition"

    lastHeartbeatTime = f.time("when it was last reported")
    lastTransitionTime = f.time("when it last changed")
    message = f.string("why, for people")
    reason = f.string("why, in one word")
    status = f.string("True, False or Unknown", required=True, allow_empty=True)
    type = f.string("which aspect", required=True, allow_empty=True)


class NodeConfigStatus(f.ApiSchema):
    """No longer in use."""

    class Meta:
        definition = f"{_GROUP}.NodeConfigStatus"

    active = f.obj(NodeConfigSource, "no longer in use")
    assigned = f.obj(NodeConfigSource, "no longer in use")
    error = f.string("no longer in use")
    lastKnownGood = f.obj(NodeConfigSource, "no longer in use")


class DaemonEndpoint(f.ApiSchema):
    """A port of a daemon."""

    class Meta:
        definition = f"{_GROUP}.DaemonEndpoint"

    Port = f.integer("the port", required=True, allow_empty=True)


class NodeDaemonEndpoints(f.ApiSchema):
    """Ports of the node's daemons."""

    class Meta:
        definition = f"{_GROUP}.NodeDaemonEndpoints"

    kubeletEndpoint = f.obj(DaemonEndpoint, "the agent", default={"Port": 0})


class NodeFeatures(f.ApiSchema):
    """What the runtime can do."""

    class Meta:
        definition = f"{_GROUP}.NodeFeatures"

    supplementalGroupsPolicy = f.boolean("whether the policy of further groups is honoured")


class ContainerImage(f.ApiSchema):
    """An image that is on the node."""

    class Meta:
        definition = f"{_GROUP}.ContainerImage"

    names = f.list_of(f.string(), "its names", list_type="atomic")
    sizeBytes = f.integer("its size", format="int64")


class NodeSwapStatus(f.ApiSchema):
    """Swap of the node."""

    class Meta:
        definition = f"{_GROUP}.NodeSwapStatus"

    capacity = f.integer("how much there is", format="int64")


class NodeSystemInfo(f.ApiSchema):
    """What the node is made of."""

    class Meta:
        definition = f"{_GROUP}.NodeSystemInfo"

    architecture = f.string("of the processor", required=True, allow_empty=True)
    bootID = f.string("changes with each boot", required=True, allow_empty=True)
    containerRuntimeVersion = f.string("runtime and its version, such as `process://0.1`", required=True, allow_empty=True)
    kernelVersion = f.string("of the operating system", required=True, allow_empty=True)
    kubeProxyVersion = f.string("no longer in use", required=True, allow_empty=True)
    kubeletVersion = f.string("of the agent", required=True, allow_empty=True)
    machineID = f.string("of the installed system", required=True, allow_empty=True)
    operatingSystem = f.string("linux or windows", required=True, allow_empty=True)
    osImage = f.string("name of the operating system", required=True, allow_empty=True)
    swap = f.obj(NodeSwapStatus, "its swap")
    systemUUID = f.string("of the machine", required=True, allow_empty=True)


class NodeRuntimeHandlerFeatures(f.ApiSchema):
    """What a handler can do."""

    class Meta:
        definition = f"{_GROUP}.NodeRuntimeHandlerFeatures"

    recursiveReadOnlyMounts = f.boolean("whether recursive read-only mounts work")
    userNamespaces = f.boolean("whether user namespaces work")


class NodeRuntimeHandler(f.ApiSchema):
    """One way in which the runtime can run containers."""

    class Meta:
        definition = f"{_GROUP}.NodeRuntimeHandler"

    features = f.obj(NodeRuntimeHandlerFeatures, "what it can do")
    name = f.string("its name, empty for the default one")


class AttachedVolume(f.ApiSchema):
    """A volume that is attached to the node."""

    class Meta:
        definition = f"{_GROUP}.AttachedVolume"

    devicePath = f.string("where the device appears", required=True, allow_empty=True)
    name = f.string("name of the volume", required=True, allow_empty=True)


class NodeStatus(f.ApiSchema):
    """What is known of a node."""

    class Meta:
        definition = f"{_GROUP}.NodeStatus"

    addresses = f.list_of(
        NodeAddress, "how it can be reached", list_type="map", map_keys=("type",), merge_key="type", patch_strategy="merge"
    )
    allocatable = f.map_of(f.quantity(), "what pods may use")
    capacity = f.map_of(f.quantity(), "all that there is")
    conditions = f.list_of(
        NodeCondition, "aspects of its state", list_type="map", map_keys=("type",), merge_key="type", patch_strategy="merge"
    )
    config = f.obj(NodeConfigStatus, "no longer in use")
    daemonEndpoints = f.obj(NodeDaemonEndpoints, "ports of its daemons", default={})
    declaredFeatures = f.list_of(f.string(), "features that it says it has", list_type="atomic")
    features = f.obj(NodeFeatures, "what the runtime can do")
    images = f.list_of(ContainerImage, "images on it", list_type="atomic")
    nodeInfo = f.obj(NodeSystemInfo, "what it is made of", default={})
    phase = f.string("no longer in use")
    runtimeHandlers = f.list_of(NodeRuntimeHandler, "ways in which the runtime can run containers", list_type="atomic")
    volumesAttached = f.list_of(AttachedVolume, "volumes that are attached", list_type="atomic")
    volumesInUse = f.list_of(f.string(), "volumes that pods use", list_type="atomic")


class Node(KindSchema):
    """A place that pods run on."""

    class Meta:
        definition = f"{_GROUP}.Node"

    spec = f.obj(NodeSpec, "what it is to be", default={})
    status = f.obj(NodeStatus, "what is known of it", default={})
