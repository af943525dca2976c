"""Secrets: what is not for everyone's eyes."""

from kubernel.objects import fields as f
from kubernel.objects.meta import KindSchema

_GROUP = "io.k8s.api.core.v1"


class Secret(KindSchema):
    """Keys, passwords and the like."""

    class Meta:
        definition = f"{_GROUP}.Secret"

    data = f.map_of(f.binary(), "bytes, by key")
    immutable = f.boolean("whether the data can never change")
    stringData = f.map_of(f.string(), "texts to be written into data; never read")
    type = f.string("what it is for", default="Opaque")
