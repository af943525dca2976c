"""Containers: the regular and init ones, and the ephemeral ones that are added for debugging."""

from kubernel.objects import fields as f
from kubernel.objects.core.pod.environment import EnvFromSource, EnvVar
from kubernel.objects.core.pod.probe import Lifecycle, Probe
from kubernel.objects.core.pod.resources import ContainerResizePolicy, ResourceRequirements
from kubernel.objects.core.pod.security import SecurityContext

_GROUP = "io.k8s.api.core.v1"


class ContainerPort(f.ApiSchema):
    """A port that the container listens on."""

    class Meta:
        definition = f"{_GROUP}.ContainerPort"

    containerPort = f.integer("the port inside the pod", required=True)
    hostIP = f.string("host address to bind the host port to")
    hostPort = f.integer("port of the host that leads here")
    name = f.string("name of the port, unique in the pod")
    protocol = f.string("TCP, UDP or SCTP", default="TCP", enum=("SCTP", "TCP", "UDP"))


class VolumeMount(f.ApiSchema):
    """A volume made visible in the container's file system."""

    class Meta:
        definition = f"{_GROUP}.VolumeMount"

    mountPath = f.string("where it appears in the container", required=True)
    mountPropagation = f.string(
        "how mounts pass between host and container: None, HostToContainer or Bidirectional",
        enum=("Bidirectional", "HostToContainer", "None"),
    )
    name = f.string("the volume", required=True)
    readOnly = f.boolean("whether it cannot be written")
    recursiveReadOnly = f.string(
        "whether mounts below are read-only too: Disabled, IfPossible or Enabled", enum=("Disabled", "Enabled", "IfPossible")
    )
    subPath = f.string("path inside the volume, its root when absent")
    subPathExpr = f.string("like subPath, with `$(VARIABLE)` replaced")


class VolumeDevice(f.ApiSchema):
    """A raw block volume as a device file."""

    class Meta:
        definition = f"{_GROUP}.VolumeDevice"

    devicePath = f.string("where the device appears in the container", required=True)
    name = f.string("the volume, a claim in block mode", required=True)


class ContainerRestartRuleOnExitCodes(f.ApiSchema):
    """A condition on exit codes."""

    class Meta:
        definition = f"{_GROUP}.ContainerRestartRuleOnExitCodes"

    operator = f.string("In or NotIn", required=True)
    values = f.list_of(f.integer(), "exit codes", list_type="set")


class ContainerRestartRule(f.ApiSchema):
    """What to do about an exit."""

    class Meta:
        definition = f"{_GROUP}.ContainerRestartRule"

    action = f.string("what is done: Restart or RestartAllContainers", required=True)
    exitCodes = f.obj(ContainerRestartRuleOnExitCodes, "on which exit codes")


class _CommonFields(f.ApiSchema):
    """What every container has, the ones added later too."""

    args = f.list_of(f.string(), "arguments of the entry point, the image's when absent", list_type="atomic")
    command = f.list_of(f.string(), "entry point, the image's when absent; not run in a shell", list_type="atomic")
    env = f.list_of(
        EnvVar, "environment variables", list_type="map", map_keys=("name",), merge_key="name", patch_strategy="merge"
    )
    envFrom = f.list_of(EnvFromSource, "sources of many environment variables", list_type="atomic")
    image = f.string("name of the image")
    imagePullPolicy = f.string(
        "when the image is pulled: Always, Never or IfNotPresent", enum=("Always", "IfNotPresent", "Never")
    )
    name = f.string("name of the container, unique in the pod", required=True)
    resizePolicy = f.list_of(ContainerResizePolicy, "what changes of resources mean", list_type="atomic")
    securityContext = f.obj(SecurityContext, "security settings")
    stdin = f.boolean("whether standard input is kept open")
    stdinOnce = f.boolean("whether standard input closes after the first session")
    terminationMessagePath = f.string("file whose content explains the end of the container", default="/dev/termination-log")
    terminationMessagePolicy = f.string(
        "File, or FallbackToLogsOnError to use the log's end", default="File", enum=("File", "FallbackToLogsOnError")
    )
    tty = f.boolean("whether it gets a terminal")
    volumeDevices = f.list_of(
        VolumeDevice, "block volumes", list_type="map", map_keys=("devicePath",), merge_key="devicePath", patch_strategy="merge"
    )
    workingDir = f.string("working directory, the image's when absent")


class Container(_CommonFields):
    """One container of a pod."""

    class Meta:
        definition = f"{_GROUP}.Container"

    lifecycle = f.obj(Lifecycle, "actions at the edges of its life")
    livenessProbe = f.obj(Probe, "the container is restarted when this fails")
    ports = f.list_of(
        ContainerPort,
        "ports it listens on",
        list_type="map",
        map_keys=("containerPort", "protocol"),
        merge_key="containerPort",
        patch_strategy="merge",
    )
    readinessProbe = f.obj(Probe, "the container gets no traffic when this fails")
    resources = f.obj(ResourceRequirements, "requests and limits", default={})
    restartPolicy = f.string(
        "restart policy of this container alone; Always makes an init container a sidecar", enum=("Always", "OnFailure", "Never")
    )
    restartPolicyRules = f.list_of(ContainerRestartRule, "rules for single exit codes", list_type="atomic")
    startupProbe = f.obj(Probe, "the other probes wait until this succeeds")
    volumeMounts = f.list_of(
        VolumeMount, "volumes", list_type="map", map_keys=("mountPath",), merge_key="mountPath", patch_strategy="merge"
    )


class EphemeralContainer(_CommonFields):
    """A container added to a running pod to look into it."""

    class Meta:
        definition = f"{_GROUP}.EphemeralContainer"

    lifecycle = f.obj(Lifecycle, "not allowed here")
    livenessProbe = f.obj(Probe, "not allowed here")
    ports = f.list_of(
        ContainerPort,
        "not allowed here",
        list_type="map",
        map_keys=("containerPort", "protocol"),
        merge_key="containerPort",
        patch_strategy="merge",
    )
    readinessProbe = f.obj(Probe, "not allowed here")
    resources = f.obj(ResourceRequirements, "not allowed here", default={})
    restartPolicy = f.string("not allowed here")
    restartPolicyRules = f.list_of(ContainerRestartRule, "not allowed here", list_type="atomic")
    startupProbe = f.obj(Probe, "not allowed here")
    targetContainerName = f.string("the container whose processes are to be seen")
    volumeMounts = f.list_of(
        VolumeMount,
        "volumes, without subPath",
        list_type="map",
        map_keys=("mountPath",),
        merge_key="mountPath",
        patch_strategy="merge",
    )
