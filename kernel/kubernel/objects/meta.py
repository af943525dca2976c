"""The metadata that every object carries, and the small types that many kinds share: owners, selectors, conditions.

Kinds build on `KindSchema`: `class Deployment(KindSchema): spec = f.obj(DeploymentSpec, ...)`. Names, labels, owners and the
like have rules that no field type can say; they live in `kubernel.objects.metadata_rules` and hold for an object's own metadata,
not for that of a template inside it.
"""

from kubernel.objects import fields as f

_GROUP = "io.k8s.apimachinery.pkg.apis.meta.v1"


class OwnerReference(f.ApiSchema):
    """An object that this one belongs to, in the same namespace or of the cluster."""

    class Meta:
        definition = f"{_GROUP}.OwnerReference"
        map_type = "atomic"

    apiVersion = f.string("group and version of the owner", required=True, allow_empty=True)
    kind = f.string("kind of the owner", required=True, allow_empty=True)
    name = f.string("name of the owner", required=True, allow_empty=True)
    uid = f.string("uid of the owner", required=True, allow_empty=True)
    controller = f.boolean("whether the owner is the controller that manages this object")
    blockOwnerDeletion = f.boolean("whether the owner, deleted in the foreground, waits until this object is gone")


class ManagedFieldsEntry(f.ApiSchema):
    """Which fields one manager has set, by which kind of write."""

    class Meta:
        definition = f"{_GROUP}.ManagedFieldsEntry"

    manager = f.string("who set the fields")
    operation = f.string("how they were set: Apply or Update")
    apiVersion = f.string("the version of the kind that the fields are named in")
    time = f.time("when the fields were last set")
    fieldsType = f.string("the form of fieldsV1; always FieldsV1")
    fieldsV1 = f.anything("the set of fields, as a tree of their names", definition=f"{_GROUP}.FieldsV1")
    subresource = f.string("the subresource that the write went through")


class ObjectMeta(f.ApiSchema):
    """What every stored object carries: its identity, its labels, its owners, its life."""

    class Meta:
        definition = f"{_GROUP}.ObjectMeta"

    name = f.string("unique among objects of its kind in the namespace; cannot be changed")
    generateName = f.string("a prefix from which the server makes a unique name when name is empty")
    namespace = f.string("the namespace that the object lives in; cannot be changed")
    selfLink = f.string("no longer set by the server")
    uid = f.string("unique in time and space; set by the server")
    resourceVersion = f.string("changes with each write; an opaque token for watches and for optimistic concurrency")
    generation = f.integer("counts the changes of the wanted state; set by the server", format="int64")
    creationTimestamp = f.time("when the object was created; set by the server")
    deletionTimestamp = f.time("when the object is to be gone; set by the server once deletion was asked for")
    deletionGracePeriodSeconds = f.integer("seconds left for a graceful end; set with deletionTimestamp", format="int64")
    labels = f.map_of(f.string(), "names and values by which objects are selected")
    annotations = f.map_of(f.string(), "free notes by tools and people; not for selection")
    ownerReferences = f.list_of(
        OwnerReference,
        "the objects that this one depends on; when all are gone it is collected",
        list_type="map",
        map_keys=("uid",),
        merge_key="uid",
        patch_strategy="merge",
    )
    finalizers = f.list_of(f.string(), "who must act before the object may be removed", list_type="set", patch_strategy="merge")
    managedFields = f.list_of(ManagedFieldsEntry, "which manager has set which fields", list_type="atomic")


class ShardInfo(f.ApiSchema):
    """The part of a collection that a sharded list holds."""

    class Meta:
        definition = f"{_GROUP}.ShardInfo"

    selector = f.string("the selector of the shard", required=True)


class ListMeta(f.ApiSchema):
    """What a list carries: its resource version and where to go on."""

    class Meta:
        definition = f"{_GROUP}.ListMeta"
        include = {"continue": f.string("ask with this token for the next page; empty on the last one")}

    selfLink = f.string("no longer set by the server")
    resourceVersion = f.string("the version to watch from")
    remainingItemCount = f.integer("how many items follow, where it is known", format="int64")
    shardInfo = f.obj(ShardInfo, "set where the list holds one shard of the collection")


class KindSchema(f.ApiSchema):
    """The base of every top-level kind."""

    apiVersion = f.string("group and version of this representation, such as apps/v1")
    kind = f.string("the kind of this object")
    metadata = f.obj(ObjectMeta, "the object's standard metadata")


class LabelSelectorRequirement(f.ApiSchema):
    """One term of a label selector: a key, an operator and values."""

    class Meta:
        definition = f"{_GROUP}.LabelSelectorRequirement"

    key = f.string("the label's key", required=True)
    operator = f.string("In, NotIn, Exists or DoesNotExist", required=True, enum=("In", "NotIn", "Exists", "DoesNotExist"))
    values = f.list_of(f.string(), "for In and NotIn at least one value, else none", list_type="atomic")


class LabelSelector(f.ApiSchema):
    """Selects objects by their labels: every term must hold; an empty selector selects everything."""

    class Meta:
        definition = f"{_GROUP}.LabelSelector"
        map_type = "atomic"

    matchLabels = f.map_of(f.string(), "labels that must have exactly these values")
    matchExpressions = f.list_of(LabelSelectorRequirement, "further terms", list_type="atomic")


class Condition(f.ApiSchema):
    """One aspect of an object's state, with the moment of its last change."""

    class Meta:
        definition = f"{_GROUP}.Condition"

    type = f.string("which aspect, in CamelCase", required=True)
    status = f.string("True, False or Unknown", required=True, enum=("True", "False", "Unknown"))
    observedGeneration = f.integer("the generation that this was judged by", format="int64", minimum=0)
    lastTransitionTime = f.time("when status last changed", required=True)
    reason = f.string("why, as one CamelCase word", required=True)
    message = f.string("why, for people", required=True, allow_empty=True)


class FieldSelectorRequirement(f.ApiSchema):
    """One term of a field selector: a field's path, an operator and values."""

    class Meta:
        definition = f"{_GROUP}.FieldSelectorRequirement"

    key = f.string("the field's path", required=True)
    operator = f.string("In, NotIn, Exists or DoesNotExist", required=True)
    values = f.list_of(f.string(), "for In and NotIn at least one value, else none", list_type="atomic")
