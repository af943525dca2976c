"""Volumes that live on other machines and in clouds. The kernel only keeps and checks them; drivers make use of them."""

from kubernel.objects import fields as f
from kubernel.objects.core.references import LocalObjectReference

_GROUP = "io.k8s.api.core.v1"


class AWSElasticBlockStoreVolumeSource(f.ApiSchema):
    """A disk of AWS."""

    class Meta:
        definition = f"{_GROUP}.AWSElasticBlockStoreVolumeSource"

    fsType = f.string("file system")
    partition = f.integer("partition number")
    readOnly = f.boolean("whether it cannot be written")
    volumeID = f.string("id of the disk", required=True)


class AzureDiskVolumeSource(f.ApiSchema):
    """A disk of Azure."""

    class Meta:
        definition = f"{_GROUP}.AzureDiskVolumeSource"

    cachingMode = f.string("host caching: None, ReadOnly or ReadWrite", default="ReadWrite")
    diskName = f.string("name of the disk", required=True)
    diskURI = f.string("address of the disk", required=True)
    fsType = f.string("file system", default="ext4")
    kind = f.string("Shared, Dedicated or Managed", default="Shared")
    readOnly = f.boolean("whether it cannot be written", default=False)


class AzureFileVolumeSource(f.ApiSchema):
    """A file share of Azure."""

    class Meta:
        definition = f"{_GROUP}.AzureFileVolumeSource"

    readOnly = f.boolean("whether it cannot be written")
    secretName = f.string("Secret with the account's name and key", required=True)
    shareName = f.string("name of the share", required=True)


class CephFSVolumeSource(f.ApiSchema):
    """A Ceph file system."""

    class Meta:
        definition = f"{_GROUP}.CephFSVolumeSource"

    monitors = f.list_of(f.string(), "addresses of the monitors", required=True, list_type="atomic")
    path = f.string("path inside, / when absent")
    readOnly = f.boolean("whether it cannot be written")
    secretFile = f.string("file with the key")
    secretRef = f.obj(LocalObjectReference, "Secret with the key")
    user = f.string("user name")


class CinderVolumeSource(f.ApiSchema):
    """A disk of OpenStack."""

    class Meta:
        definition = f"{_GROUP}.CinderVolumeSource"

    fsType = f.string("file system")
    readOnly = f.boolean("whether it cannot be written")
    secretRef = f.obj(LocalObjectReference, "Secret with parameters")
    volumeID = f.string("id of the disk", required=True)


class CSIVolumeSource(f.ApiSchema):
    """A volume of a CSI driver that lives as long as the pod."""

    class Meta:
        definition = f"{_GROUP}.CSIVolumeSource"

    driver = f.string("name of the driver", required=True)
    fsType = f.string("file system")
    nodePublishSecretRef = f.obj(LocalObjectReference, "Secret handed to the driver")
    readOnly = f.boolean("whether it cannot be written")
    volumeAttributes = f.map_of(f.string(), "settings for the driver")


class FCVolumeSource(f.ApiSchema):
    """A Fibre Channel disk."""

    class Meta:
        definition = f"{_GROUP}.FCVolumeSource"

    fsType = f.string("file system")
    lun = f.integer("number of the unit")
    readOnly = f.boolean("whether it cannot be written")
    targetWWNs = f.list_of(f.string(), "world-wide names of targets", list_type="atomic")
    wwids = f.list_of(f.string(), "world-wide identifiers", list_type="atomic")


class FlexVolumeSource(f.ApiSchema):
    """A volume of an executable driver."""

    class Meta:
        definition = f"{_GROUP}.FlexVolumeSource"

    driver = f.string("name of the driver", required=True)
    fsType = f.string("file system")
    options = f.map_of(f.string(), "settings for the driver")
    readOnly = f.boolean("whether it cannot be written")
    secretRef = f.obj(LocalObjectReference, "Secret handed to the driver")


class FlockerVolumeSource(f.ApiSchema):
    """A Flocker dataset."""

    class Meta:
        definition = f"{_GROUP}.FlockerVolumeSource"

    datasetName = f.string("name of the dataset")
    datasetUUID = f.string("identity of the dataset")


class GCEPersistentDiskVolumeSource(f.ApiSchema):
    """A disk of Google Cloud."""

    class Meta:
        definition = f"{_GROUP}.GCEPersistentDiskVolumeSource"

    fsType = f.string("file system")
    partition = f.integer("partition number")
    pdName = f.string("name of the disk", required=True)
    readOnly = f.boolean("whether it cannot be written")


class GitRepoVolumeSource(f.ApiSchema):
    """A git repository at one revision."""

    class Meta:
        definition = f"{_GROUP}.GitRepoVolumeSource"

    directory = f.string("directory to clone into")
    repository = f.string("URL", required=True)
    revision = f.string("commit")


class GlusterfsVolumeSource(f.ApiSchema):
    """A Gluster volume."""

    class Meta:
        definition = f"{_GROUP}.GlusterfsVolumeSource"

    endpoints = f.string("Endpoints object that names the servers", required=True)
    path = f.string("name of the volume", required=True)
    readOnly = f.boolean("whether it cannot be written")


class ISCSIVolumeSource(f.ApiSchema):
    """An iSCSI disk."""

    class Meta:
        definition = f"{_GROUP}.ISCSIVolumeSource"

    chapAuthDiscovery = f.boolean("whether discovery authenticates")
    chapAuthSession = f.boolean("whether the session authenticates")
    fsType = f.string("file system")
    initiatorName = f.string("name of the initiator")
    iqn = f.string("name of the target", required=True)
    iscsiInterface = f.string("interface of the initiator", default="default")
    lun = f.integer("number of the unit", required=True, allow_empty=True)
    portals = f.list_of(f.string(), "further addresses", list_type="atomic")
    readOnly = f.boolean("whether it cannot be written")
    secretRef = f.obj(LocalObjectReference, "Secret with credentials")
    targetPortal = f.string("address of the target", required=True)


class NFSVolumeSource(f.ApiSchema):
    """A directory of an NFS server."""

    class Meta:
        definition = f"{_GROUP}.NFSVolumeSource"

    path = f.string("exported path", required=True)
    readOnly = f.boolean("whether it cannot be written")
    server = f.string("host name or address", required=True)


class PhotonPersistentDiskVolumeSource(f.ApiSchema):
    """A disk of Photon."""

    class Meta:
        definition = f"{_GROUP}.PhotonPersistentDiskVolumeSource"

    fsType = f.string("file system")
    pdID = f.string("id of the disk", required=True)


class PortworxVolumeSource(f.ApiSchema):
    """A Portworx volume."""

    class Meta:
        definition = f"{_GROUP}.PortworxVolumeSource"

    fsType = f.string("file system")
    readOnly = f.boolean("whether it cannot be written")
    volumeID = f.string("id of the volume", required=True)


class QuobyteVolumeSource(f.ApiSchema):
    """A Quobyte volume."""

    class Meta:
        definition = f"{_GROUP}.QuobyteVolumeSource"

    group = f.string("group to map to")
    readOnly = f.boolean("whether it cannot be written")
    registry = f.string("addresses of registries", required=True)
    tenant = f.string("tenant of the volume")
    user = f.string("user to map to")
    volume = f.string("name of the volume", required=True)


class RBDVolumeSource(f.ApiSchema):
    """A Ceph block device."""

    class Meta:
        definition = f"{_GROUP}.RBDVolumeSource"

    fsType = f.string("file system")
    image = f.string("name of the image", required=True)
    keyring = f.string("file with the key", default="/etc/ceph/keyring")
    monitors = f.list_of(f.string(), "addresses of the monitors", required=True, list_type="atomic")
    pool = f.string("pool of the image", default="rbd")
    readOnly = f.boolean("whether it cannot be written")
    secretRef = f.obj(LocalObjectReference, "Secret with the key")
    user = f.string("user name", default="admin")


class ScaleIOVolumeSource(f.ApiSchema):
    """A ScaleIO volume."""

    class Meta:
        definition = f"{_GROUP}.ScaleIOVolumeSource"

    fsType = f.string("file system", default="xfs")
    gateway = f.string("address of the gateway", required=True)
    protectionDomain = f.string("protection domain")
    readOnly = f.boolean("whether it cannot be written")
    secretRef = f.obj(LocalObjectReference, "Secret with credentials", required=True)
    sslEnabled = f.boolean("whether to speak TLS")
    storageMode = f.string("thick or thin", default="ThinProvisioned")
    storagePool = f.string("pool in the domain")
    system = f.string("name of the system", required=True)
    volumeName = f.string("name of the volume")


class StorageOSVolumeSource(f.ApiSchema):
    """A StorageOS volume."""

    class Meta:
        definition = f"{_GROUP}.StorageOSVolumeSource"

    fsType = f.string("file system")
    readOnly = f.boolean("whether it cannot be written")
    secretRef = f.obj(LocalObjectReference, "Secret with credentials")
    volumeName = f.string("name of the volume")
    volumeNamespace = f.string("namespace of the volume")


class VsphereVirtualDiskVolumeSource(f.ApiSchema):
    """A disk of vSphere."""

    class Meta:
        definition = f"{_GROUP}.VsphereVirtualDiskVolumeSource"

    fsType = f.string("file system")
    storagePolicyID = f.string("id of the storage policy")
    storagePolicyName = f.string("name of the storage policy")
    volumePath = f.string("path of the disk", required=True)
