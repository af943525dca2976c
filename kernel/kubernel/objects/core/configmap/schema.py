"""ConfigMaps: settings that pods read."""

from kubernel.objects import fields as f
from kubernel.objects.meta import KindSchema

_GROUP = "io.k8s.api.core.v1"


class ConfigMap(KindSchema):
    """Settings that pods read."""

    class Meta:
        definition = f"{_GROUP}.ConfigMap"

    binaryData = f.map_of(f.binary(), "bytes, by key")
    data = f.map_of(f.string(), "texts, by key")
    immutable = f.boolean("whether the data can never change")
