"""Volumes of a pod: a name and exactly one source."""

from kubernel.objects import fields as f
from kubernel.objects.core.pod.claim_template import PersistentVolumeClaimTemplate
from kubernel.objects.core.pod.network_volume import (
    AWSElasticBlockStoreVolumeSource,
    AzureDiskVolumeSource,
    AzureFileVolumeSource,
    CephFSVolumeSource,
    CinderVolumeSource,
    CSIVolumeSource,
    FCVolumeSource,
    FlexVolumeSource,
    FlockerVolumeSource,
    GCEPersistentDiskVolumeSource,
    GitRepoVolumeSource,
    GlusterfsVolumeSource,
    ISCSIVolumeSource,
    NFSVolumeSource,
    PhotonPersistentDiskVolumeSource,
    PortworxVolumeSource,
    QuobyteVolumeSource,
    RBDVolumeSource,
    ScaleIOVolumeSource,
    StorageOSVolumeSource,
    VsphereVirtualDiskVolumeSource,
)
from kubernel.objects.core.pod.projection import (
    ConfigMapVolumeSource,
    DownwardAPIVolumeSource,
    ProjectedVolumeSource,
    SecretVolumeSource,
)

_GROUP = "io.k8s.api.core.v1"


class EmptyDirVolumeSource(f.ApiSchema):
    """A directory that lives as long as the pod."""

    class Meta:
        definition = f"{_GROUP}.EmptyDirVolumeSource"

    medium = f.string("empty for the node's disk, or Memory")
    sizeLimit = f.quantity("the most it may hold")


class HostPathVolumeSource(f.ApiSchema):
    """A file or directory of the node."""

    class Meta:
        definition = f"{_GROUP}.HostPathVolumeSource"

    path = f.string("path on the node", required=True)
    type = f.string(
        "what must be there, or is made; nothing is checked when empty",
        default="",
        enum=("BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"),
    )


class ImageVolumeSource(f.ApiSchema):
    """The content of an image."""

    class Meta:
        definition = f"{_GROUP}.ImageVolumeSource"

    pullPolicy = f.string("when the image is pulled: Always, Never or IfNotPresent", enum=("Always", "IfNotPresent", "Never"))
    reference = f.string("name of the image")


class PersistentVolumeClaimVolumeSource(f.ApiSchema):
    """The volume that is bound to a claim."""

    class Meta:
        definition = f"{_GROUP}.PersistentVolumeClaimVolumeSource"

    claimName = f.string("name of the claim", required=True)
    readOnly = f.boolean("whether it cannot be written")


class EphemeralVolumeSource(f.ApiSchema):
    """A volume claimed for this pod alone."""

    class Meta:
        definition = f"{_GROUP}.EphemeralVolumeSource"

    volumeClaimTemplate = f.obj(PersistentVolumeClaimTemplate, "the claim to make")


class Volume(f.ApiSchema):
    """One volume that containers can mount."""

    class Meta:
        definition = f"{_GROUP}.Volume"

    name = f.string("name of the volume, unique in the pod", required=True)
    awsElasticBlockStore = f.obj(AWSElasticBlockStoreVolumeSource, "disk of AWS", union="volume type")
    azureDisk = f.obj(AzureDiskVolumeSource, "disk of Azure", union="volume type")
    azureFile = f.obj(AzureFileVolumeSource, "file share of Azure", union="volume type")
    cephfs = f.obj(CephFSVolumeSource, "Ceph file system", union="volume type")
    cinder = f.obj(CinderVolumeSource, "disk of OpenStack", union="volume type")
    configMap = f.obj(ConfigMapVolumeSource, "keys of a ConfigMap", union="volume type")
    csi = f.obj(CSIVolumeSource, "volume of a CSI driver", union="volume type")
    downwardAPI = f.obj(DownwardAPIVolumeSource, "fields of the pod", union="volume type")
    emptyDir = f.obj(EmptyDirVolumeSource, "directory that lives as long as the pod", union="volume type")
    ephemeral = f.obj(EphemeralVolumeSource, "volume claimed for this pod", union="volume type")
    fc = f.obj(FCVolumeSource, "Fibre Channel disk", union="volume type")
    flexVolume = f.obj(FlexVolumeSource, "volume of an executable driver", union="volume type")
    flocker = f.obj(FlockerVolumeSource, "Flocker dataset", union="volume type")
    gcePersistentDisk = f.obj(GCEPersistentDiskVolumeSource, "disk of Google Cloud", union="volume type")
    gitRepo = f.obj(GitRepoVolumeSource, "git repository", union="volume type")
    glusterfs = f.obj(GlusterfsVolumeSource, "Gluster volume", union="volume type")
    hostPath = f.obj(HostPathVolumeSource, "file or directory of the node", union="volume type")
    image = f.obj(ImageVolumeSource, "content of an image", union="volume type")
    iscsi = f.obj(ISCSIVolumeSource, "iSCSI disk", union="volume type")
    nfs = f.obj(NFSVolumeSource, "directory of an NFS server", union="volume type")
    persistentVolumeClaim = f.obj(PersistentVolumeClaimVolumeSource, "volume bound to a claim", union="volume type")
    photonPersistentDisk = f.obj(PhotonPersistentDiskVolumeSource, "disk of Photon", union="volume type")
    portworxVolume = f.obj(PortworxVolumeSource, "Portworx volume", union="volume type")
    projected = f.obj(ProjectedVolumeSource, "several sources in one directory", union="volume type")
    quobyte = f.obj(QuobyteVolumeSource, "Quobyte volume", union="volume type")
    rbd = f.obj(RBDVolumeSource, "Ceph block device", union="volume type")
    scaleIO = f.obj(ScaleIOVolumeSource, "ScaleIO volume", union="volume type")
    secret = f.obj(SecretVolumeSource, "keys of a Secret", union="volume type")
    storageos = f.obj(StorageOSVolumeSource, "StorageOS volume", union="volume type")
    vsphereVolume = f.obj(VsphereVirtualDiskVolumeSource, "disk of vSphere", union="volume type")
