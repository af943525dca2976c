"""What a pod is to be: its containers, volumes, place and manners."""

from kubernel.objects import fields as f
from kubernel.objects.core.pod.affinity import Affinity, Toleration, TopologySpreadConstraint
from kubernel.objects.core.pod.container import Container, EphemeralContainer
from kubernel.objects.core.pod.resources import ResourceRequirements
from kubernel.objects.core.pod.security import PodSecurityContext
from kubernel.objects.core.pod.volume import Volume
from kubernel.objects.core.references import LocalObjectReference

_GROUP = "io.k8s.api.core.v1"


class PodDNSConfigOption(f.ApiSchema):
    """An option of the resolver."""

    class Meta:
        definition = f"{_GROUP}.PodDNSConfigOption"

    name = f.string("name of the option")
    value = f.string("value of the option")


class PodDNSConfig(f.ApiSchema):
    """Name resolution, added to what the policy gives."""

    class Meta:
        definition = f"{_GROUP}.PodDNSConfig"

    nameservers = f.list_of(f.string(), "addresses of servers", list_type="atomic")
    options = f.list_of(PodDNSConfigOption, "options", list_type="atomic")
    searches = f.list_of(f.string(), "domains to search", list_type="atomic")


class HostAlias(f.ApiSchema):
    """A line of /etc/hosts."""

    class Meta:
        definition = f"{_GROUP}.HostAlias"

    hostnames = f.list_of(f.string(), "names of the address", list_type="atomic")
    ip = f.string("the address", required=True)


class PodOS(f.ApiSchema):
    """The operating system that the pod is for."""

    class Meta:
        definition = f"{_GROUP}.PodOS"

    name = f.string("linux or windows", required=True, enum=("linux", "windows"))


class PodReadinessGate(f.ApiSchema):
    """A condition that must hold for the pod to be ready."""

    class Meta:
        definition = f"{_GROUP}.PodReadinessGate"

    conditionType = f.string("type of the condition", required=True)


class PodSchedulingGate(f.ApiSchema):
    """Something that must go before the pod is scheduled."""

    class Meta:
        definition = f"{_GROUP}.PodSchedulingGate"

    name = f.string("name of the gate", required=True)


class PodSchedulingGroup(f.ApiSchema):
    """A group of pods that are scheduled together."""

    class Meta:
        definition = f"{_GROUP}.PodSchedulingGroup"

    podGroupName = f.string("name of the group")


class PodResourceClaim(f.ApiSchema):
    """A claim that containers can use."""

    class Meta:
        definition = f"{_GROUP}.PodResourceClaim"

    name = f.string("name of the entry", required=True)
    resourceClaimName = f.string("name of the claim")
    resourceClaimTemplateName = f.string("name of a template to make a claim from")


class PodSpec(f.ApiSchema):
    """What a pod is to be."""

    class Meta:
        definition = f"{_GROUP}.PodSpec"

    activeDeadlineSeconds = f.integer("seconds after its start at which it is made to fail", format="int64")
    affinity = f.obj(Affinity, "demands and wishes about placement")
    automountServiceAccountToken = f.boolean("whether containers get a token")
    containers = f.list_of(
        Container,
        "containers, at least one",
        required=True,
        list_type="map",
        map_keys=("name",),
        merge_key="name",
        patch_strategy="merge",
    )
    dnsConfig = f.obj(PodDNSConfig, "name resolution in detail")
    dnsPolicy = f.string(
        "whose name resolution: ClusterFirst, ClusterFirstWithHostNet, Default or None",
        default="ClusterFirst",
        enum=("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    )
    enableServiceLinks = f.boolean("whether services are told in environment variables")
    ephemeralContainers = f.list_of(
        EphemeralContainer,
        "containers added for debugging",
        list_type="map",
        map_keys=("name",),
        merge_key="name",
        patch_strategy="merge",
    )
    hostAliases = f.list_of(
        HostAlias, "lines of /etc/hosts", list_type="map", map_keys=("ip",), merge_key="ip", patch_strategy="merge"
    )
    hostIPC = f.boolean("whether it shares the host's IPC namespace")
    hostNetwork = f.boolean("whether it shares the host's network")
    hostPID = f.boolean("whether it sees the host's processes")
    hostUsers = f.boolean("whether it shares the host's user namespace")
    hostname = f.string("its host name, its own name when absent")
    hostnameOverride = f.string("host name that wins over every other rule")
    imagePullSecrets = f.list_of(
        LocalObjectReference,
        "Secrets for pulling images",
        list_type="map",
        map_keys=("name",),
        merge_key="name",
        patch_strategy="merge",
    )
    initContainers = f.list_of(
        Container,
        "containers that run one after another before the others",
        list_type="map",
        map_keys=("name",),
        merge_key="name",
        patch_strategy="merge",
    )
    nodeName = f.string("the node it runs on")
    nodeSelector = f.map_of(f.string(), "labels that the node must have", atomic=True)
    os = f.obj(PodOS, "operating system it is for")
    overhead = f.map_of(f.quantity(), "what the pod itself takes beside its containers")
    preemptionPolicy = f.string(
        "whether it may push others out: PreemptLowerPriority or Never", enum=("Never", "PreemptLowerPriority")
    )
    priority = f.integer("how important it is")
    priorityClassName = f.string("name of the class that gives the priority")
    readinessGates = f.list_of(
        PodReadinessGate, "conditions beside the containers' that it needs to be ready", list_type="atomic"
    )
    resourceClaims = f.list_of(
        PodResourceClaim,
        "claims that containers can use",
        list_type="map",
        map_keys=("name",),
        merge_key="name",
        patch_strategy="merge,retainKeys",
    )
    resources = f.obj(ResourceRequirements, "requests and limits of the pod as a whole")
    restartPolicy = f.string(
        "when ended containers are started again: Always, OnFailure or Never",
        default="Always",
        enum=("Always", "OnFailure", "Never"),
    )
    runtimeClassName = f.string("class of runtime")
    schedulerName = f.string("the scheduler that places it", default="default-scheduler")
    schedulingGates = f.list_of(
        PodSchedulingGate,
        "what must go before it is scheduled",
        list_type="map",
        map_keys=("name",),
        merge_key="name",
        patch_strategy="merge",
    )
    schedulingGroup = f.obj(PodSchedulingGroup, "pods it is scheduled together with")
    securityContext = f.obj(PodSecurityContext, "security settings of all containers", default={})
    serviceAccount = f.string("old name of serviceAccountName")
    serviceAccountName = f.string("the service account it acts as")
    setHostnameAsFQDN = f.boolean("whether its host name is the full one")
    shareProcessNamespace = f.boolean("whether its containers see each other's processes")
    subdomain = f.string("makes its full name HOSTNAME.SUBDOMAIN.NAMESPACE.svc.DOMAIN")
    terminationGracePeriodSeconds = f.integer("seconds that it has to end", format="int64", default=30, minimum=0)
    tolerations = f.list_of(Toleration, "taints it puts up with", list_type="atomic")
    topologySpreadConstraints = f.list_of(
        TopologySpreadConstraint,
        "how evenly pods like it are spread",
        list_type="map",
        map_keys=("topologyKey", "whenUnsatisfiable"),
        merge_key="topologyKey",
        patch_strategy="merge",
    )
    volumes = f.list_of(
        Volume,
        "volumes that containers can mount",
        list_type="map",
        map_keys=("name",),
        merge_key="name",
        patch_strategy="merge,retainKeys",
    )
