"""Namespaces: the rooms that names are unique in."""

from kubernel.objects import fields as f
from kubernel.objects.meta import KindSchema

_GROUP = "io.k8s.api.core.v1"


class NamespaceSpec(f.ApiSchema):
    """What a namespace is to be."""

    class Meta:
        definition = f"{_GROUP}.NamespaceSpec"

    finalizers = f.list_of(f.string(), "who must be done before it can go", list_type="atomic")


class NamespaceCondition(f.ApiSchema):
    """One aspect of its state."""

    class Meta:
        definition = f"{_GROUP}.NamespaceCondition"

    lastTransitionTime = f.time("when it last changed")
    message = f.string("why, for people")
    reason = f.string("why, in one word")
    status = f.string("True, False or Unknown", required=True, allow_empty=True)
    type = f.string("which aspect", required=True, allow_empty=True)


class NamespaceStatus(f.ApiSchema):
    """What is known of it."""

    class Meta:
        definition = f"{_GROUP}.NamespaceStatus"

    conditions = f.list_of(
        NamespaceCondition, "aspects of its end", list_type="map", map_keys=("type",), merge_key="type", patch_strategy="merge"
    )
    phase = f.string("Active or Terminating")


class Namespace(KindSchema):
    """A room that names are unique in."""

    class Meta:
        definition = f"{_GROUP}.Namespace"

    spec = f.obj(NamespaceSpec, "what it is to be", default={})
    status = f.obj(NamespaceStatus, "what is known of it", default={})
