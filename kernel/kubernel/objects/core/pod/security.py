"""What processes of a pod may do, and as whom they run."""

from kubernel.objects import fields as f

_GROUP = "io.k8s.api.core.v1"


class Capabilities(f.ApiSchema):
    """Linux capabilities added to and taken from the runtime's defaults."""

    class Meta:
        definition = f"{_GROUP}.Capabilities"

    add = f.list_of(f.string(), "capabilities to give", list_type="atomic")
    drop = f.list_of(f.string(), "capabilities to take away", list_type="atomic")


class SELinuxOptions(f.ApiSchema):
    """The SELinux label of a container."""

    class Meta:
        definition = f"{_GROUP}.SELinuxOptions"

    level = f.string("level part")
    role = f.string("role part")
    type = f.string("type part")
    user = f.string("user part")


class SeccompProfile(f.ApiSchema):
    """The system call filter."""

    class Meta:
        definition = f"{_GROUP}.SeccompProfile"

    localhostProfile = f.string("file of the profile on the node, with type Localhost")
    type = f.string(
        "which profile: Localhost, RuntimeDefault or Unconfined",
        required=True,
        enum=("Localhost", "RuntimeDefault", "Unconfined"),
    )


class AppArmorProfile(f.ApiSchema):
    """The AppArmor profile."""

    class Meta:
        definition = f"{_GROUP}.AppArmorProfile"

    localhostProfile = f.string("name of the profile on the node, with type Localhost")
    type = f.string(
        "which profile: Localhost, RuntimeDefault or Unconfined",
        required=True,
        enum=("Localhost", "RuntimeDefault", "Unconfined"),
    )


class WindowsSecurityContextOptions(f.ApiSchema):
    """What matters on Windows nodes only."""

    class Meta:
        definition = f"{_GROUP}.WindowsSecurityContextOptions"

    gmsaCredentialSpec = f.string("the credential spec itself")
    gmsaCredentialSpecName = f.string("name of the credential spec")
    hostProcess = f.boolean("whether the container runs in the host's namespaces")
    runAsUserName = f.string("user that the entry point runs as")


class SecurityContext(f.ApiSchema):
    """Security settings of one container; they win over the pod's."""

    class Meta:
        definition = f"{_GROUP}.SecurityContext"

    allowPrivilegeEscalation = f.boolean("whether a process may gain more privileges than its parent")
    appArmorProfile = f.obj(AppArmorProfile, "AppArmor profile")
    capabilities = f.obj(Capabilities, "Linux capabilities")
    privileged = f.boolean("whether the container may do what the host's root may do")
    procMount = f.string("how /proc is mounted: Default or Unmasked", enum=("Default", "Unmasked"))
    readOnlyRootFilesystem = f.boolean("whether the root file system cannot be written")
    runAsGroup = f.integer("group id of the entry point", format="int64")
    runAsNonRoot = f.boolean("refuse to start as user 0")
    runAsUser = f.integer("user id of the entry point", format="int64")
    seLinuxOptions = f.obj(SELinuxOptions, "SELinux label")
    seccompProfile = f.obj(SeccompProfile, "system call filter")
    windowsOptions = f.obj(WindowsSecurityContextOptions, "settings for Windows")


class Sysctl(f.ApiSchema):
    """A kernel parameter of the pod."""

    class Meta:
        definition = f"{_GROUP}.Sysctl"

    name = f.string("name of the parameter", required=True)
    value = f.string("value of the parameter", required=True, allow_empty=True)


class PodSecurityContext(f.ApiSchema):
    """Security settings of all containers of a pod."""

    class Meta:
        definition = f"{_GROUP}.PodSecurityContext"

    appArmorProfile = f.obj(AppArmorProfile, "AppArmor profile")
    fsGroup = f.integer("group that owns the volumes", format="int64")
    fsGroupChangePolicy = f.string(
        "when ownership of volumes is changed: OnRootMismatch or Always", enum=("OnRootMismatch", "Always")
    )
    runAsGroup = f.integer("group id of the entry points", format="int64")
    runAsNonRoot = f.boolean("refuse to start as user 0")
    runAsUser = f.integer("user id of the entry points", format="int64")
    seLinuxChangePolicy = f.string(
        "how SELinux labels of volumes are set: Recursive or MountOption", enum=("MountOption", "Recursive")
    )
    seLinuxOptions = f.obj(SELinuxOptions, "SELinux label")
    seccompProfile = f.obj(SeccompProfile, "system call filter")
    supplementalGroups = f.list_of(f.integer(format="int64"), "further groups of the first process", list_type="atomic")
    supplementalGroupsPolicy = f.string("how further groups are computed: Merge or Strict", enum=("Merge", "Strict"))
    sysctls = f.list_of(Sysctl, "kernel parameters", list_type="atomic")
    windowsOptions = f.obj(WindowsSecurityContextOptions, "settings for Windows")
