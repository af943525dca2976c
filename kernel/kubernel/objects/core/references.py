"""References from one object to another: each kind of reference is a type of its own in the published API."""

from kubernel.objects import fields as f

_GROUP = "io.k8s.api.core.v1"


class ObjectReference(f.ApiSchema):
    """Any object, with what is needed to find it, and the version that was looked at."""

    class Meta:
        definition = f"{_GROUP}.ObjectReference"
        map_type = "atomic"

    apiVersion = f.string("group and version of the object")
    fieldPath = f.string("the part of the object that is meant, such as `spec.containers{web}`")
    kind = f.string("kind of the object")
    name = f.string("name of the object")
    namespace = f.string("namespace of the object, empty for an object of the cluster")
    resourceVersion = f.string("the version that the reference was made from")
    uid = f.string("identity of the object")


class LocalObjectReference(f.ApiSchema):
    """An object of a known kind in the same namespace, by its name."""

    class Meta:
        definition = f"{_GROUP}.LocalObjectReference"
        map_type = "atomic"

    name = f.string("name of the object", default="")


class TypedLocalObjectReference(f.ApiSchema):
    """An object of any kind in the same namespace."""

    class Meta:
        definition = f"{_GROUP}.TypedLocalObjectReference"
        map_type = "atomic"

    apiGroup = f.string("group of the object, absent for core")
    kind = f.string("kind of the object", required=True)
    name = f.string("name of the object", required=True)


class TypedObjectReference(f.ApiSchema):
    """An object of any kind, possibly in another namespace."""

    class Meta:
        definition = f"{_GROUP}.TypedObjectReference"

    apiGroup = f.string("group of the object, absent for core")
    kind = f.string("kind of the object", required=True)
    name = f.string("name of the object", required=True)
    namespace = f.string("namespace of the object, where it is another one")
