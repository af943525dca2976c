"""Sources of files: ConfigMaps, Secrets, the pod's own fields, tokens; alone as volumes or projected into one directory."""

from kubernel.objects import fields as f
from kubernel.objects.core.pod.environment import ObjectFieldSelector, ResourceFieldSelector
from kubernel.objects.meta import LabelSelector

_GROUP = "io.k8s.api.core.v1"


class KeyToPath(f.ApiSchema):
    """One key as a file."""

    class Meta:
        definition = f"{_GROUP}.KeyToPath"

    key = f.string("the key", required=True)
    mode = f.integer("permission bits of the file")
    path = f.string("relative path of the file", required=True)


class ConfigMapVolumeSource(f.ApiSchema):
    """Keys of a ConfigMap as files."""

    class Meta:
        definition = f"{_GROUP}.ConfigMapVolumeSource"

    defaultMode = f.integer("permission bits of files that do not say theirs", default=0o644)
    items = f.list_of(KeyToPath, "the keys to take, all when absent", list_type="atomic")
    name = f.string("name of the ConfigMap", default="")
    optional = f.boolean("whether the ConfigMap or its keys may be missing")


class SecretVolumeSource(f.ApiSchema):
    """Keys of a Secret as files."""

    class Meta:
        definition = f"{_GROUP}.SecretVolumeSource"

    defaultMode = f.integer("permission bits of files that do not say theirs", default=0o644)
    items = f.list_of(KeyToPath, "the keys to take, all when absent", list_type="atomic")
    optional = f.boolean("whether the Secret or its keys may be missing")
    secretName = f.string("name of the Secret")


class DownwardAPIVolumeFile(f.ApiSchema):
    """A field of the pod as a file."""

    class Meta:
        definition = f"{_GROUP}.DownwardAPIVolumeFile"

    fieldRef = f.obj(ObjectFieldSelector, "a field of the pod")
    mode = f.integer("permission bits of the file")
    path = f.string("relative path of the file", required=True)
    resourceFieldRef = f.obj(ResourceFieldSelector, "a request or limit of a container")


class DownwardAPIVolumeSource(f.ApiSchema):
    """Fields of the pod as files."""

    class Meta:
        definition = f"{_GROUP}.DownwardAPIVolumeSource"

    defaultMode = f.integer("permission bits of files that do not say theirs", default=0o644)
    items = f.list_of(DownwardAPIVolumeFile, "the files", list_type="atomic")


class ConfigMapProjection(f.ApiSchema):
    """Keys of a ConfigMap among other sources."""

    class Meta:
        definition = f"{_GROUP}.ConfigMapProjection"

    items = f.list_of(KeyToPath, "the keys to take, all when absent", list_type="atomic")
    name = f.string("name of the ConfigMap", default="")
    optional = f.boolean("whether the ConfigMap or its keys may be missing")


class SecretProjection(f.ApiSchema):
    """Keys of a Secret among other sources."""

    class Meta:
        definition = f"{_GROUP}.SecretProjection"

    items = f.list_of(KeyToPath, "the keys to take, all when absent", list_type="atomic")
    name = f.string("name of the Secret", default="")
    optional = f.boolean("whether the Secret or its keys may be missing")


class DownwardAPIProjection(f.ApiSchema):
    """Fields of the pod among other sources."""

    class Meta:
        definition = f"{_GROUP}.DownwardAPIProjection"

    items = f.list_of(DownwardAPIVolumeFile, "the files", list_type="atomic")


class ServiceAccountTokenProjection(f.ApiSchema):
    """A token of the pod's service account."""

    class Meta:
        definition = f"{_GROUP}.ServiceAccountTokenProjection"

    audience = f.string("for whom the token is meant, the API server when absent")
    expirationSeconds = f.integer("seconds that a token is good for", format="int64", default=3600)
    path = f.string("relative path of the file", required=True)


class ClusterTrustBundleProjection(f.ApiSchema):
    """Certificates of trusted signers."""

    class Meta:
        definition = f"{_GROUP}.ClusterTrustBundleProjection"

    labelSelector = f.obj(LabelSelector, "which bundles, with signerName")
    name = f.string("a single bundle")
    optional = f.boolean("whether the bundle may be missing")
    path = f.string("relative path of the file", required=True)
    signerName = f.string("whose bundles")


class PodCertificateProjection(f.ApiSchema):
    """A key and a certificate made for the pod."""

    class Meta:
        definition = f"{_GROUP}.PodCertificateProjection"

    certificateChainPath = f.string("relative path of the certificates")
    credentialBundlePath = f.string("relative path of key and certificates in one file")
    keyPath = f.string("relative path of the key")
    keyType = f.string("kind of key", required=True)
    maxExpirationSeconds = f.integer("the longest life of a certificate")
    signerName = f.string("who signs", required=True)
    userAnnotations = f.map_of(f.string(), "further data for the signer")


class VolumeProjection(f.ApiSchema):
    """One source; exactly one of the fields."""

    class Meta:
        definition = f"{_GROUP}.VolumeProjection"

    clusterTrustBundle = f.obj(ClusterTrustBundleProjection, "certificates of trusted signers", union="volume type")
    configMap = f.obj(ConfigMapProjection, "keys of a ConfigMap", union="volume type")
    downwardAPI = f.obj(DownwardAPIProjection, "fields of the pod", union="volume type")
    podCertificate = f.obj(PodCertificateProjection, "a key and a certificate", union="volume type")
    secret = f.obj(SecretProjection, "keys of a Secret", union="volume type")
    serviceAccountToken = f.obj(ServiceAccountTokenProjection, "a token", union="volume type")


class ProjectedVolumeSource(f.ApiSchema):
    """Several sources in one directory."""

    class Meta:
        definition = f"{_GROUP}.ProjectedVolumeSource"

    defaultMode = f.integer("permission bits of files that do not say theirs", default=0o644)
    sources = f.list_of(VolumeProjection, "the sources", list_type="atomic")
