"""What passes over the wire without being stored: answers, events of a watch, options of a delete, discovery.

They are described by schemas like the kinds, so that OpenAPI names them and bodies that clients send are checked the same way.
"""

from kubernel.objects import fields as f
from kubernel.objects.meta import ListMeta

_GROUP = "io.k8s.apimachinery.pkg.apis.meta.v1"


class Message(f.ApiSchema):
    """The base of what has a kind but no metadata of an object."""

    apiVersion = f.string("group and version of this representation")
    kind = f.string("the kind of this message")


class StatusCause(f.ApiSchema):
    """One reason for a failure."""

    class Meta:
        definition = f"{_GROUP}.StatusCause"

    reason = f.string("what kind of reason, as one CamelCase word")
    message = f.string("the reason, for people")
    field = f.string("the path of the field that caused it")


class StatusDetails(f.ApiSchema):
    """What a failure is about."""

    class Meta:
        definition = f"{_GROUP}.StatusDetails"

    name = f.string("name of the object")
    group = f.string("group of the resource")
    kind = f.string("kind or resource")
    uid = f.string("uid of the object")
    causes = f.list_of(StatusCause, "all the reasons, where there are several", list_type="atomic")
    retryAfterSeconds = f.integer("when to try again")


class Status(Message):
    """The answer to what gives no object: a failure, or a plain success."""

    class Meta:
        definition = f"{_GROUP}.Status"

    metadata = f.obj(ListMeta, "the metadata of a list; mostly empty")
    status = f.string("Success or Failure")
    message = f.string("what happened, for people")
    reason = f.string("what happened, as one CamelCase word")
    details = f.obj(StatusDetails, "what it is about")
    code = f.integer("the HTTP status code")


class WatchEvent(f.ApiSchema):
    """One event of a watch."""

    class Meta:
        definition = f"{_GROUP}.WatchEvent"

    type = f.string("ADDED, MODIFIED, DELETED, BOOKMARK or ERROR", required=True)
    object = f.anything(
        "the object as it is now (as it was, when deleted), or a Status",
        required=True,
        definition="io.k8s.apimachinery.pkg.runtime.RawExtension",
    )


class Preconditions(f.ApiSchema):
    """What must hold of an object for it to be deleted."""

    class Meta:
        definition = f"{_GROUP}.Preconditions"

    uid = f.string("the uid that it must have")
    resourceVersion = f.string("the resource version that it must have")


class DeleteOptions(Message):
    """How to delete."""

    class Meta:
        definition = f"{_GROUP}.DeleteOptions"

    gracePeriodSeconds = f.integer("seconds for a graceful end; 0 is at once", format="int64")
    preconditions = f.obj(Preconditions, "what must hold, else the answer is a conflict")
    orphanDependents = f.boolean("an older way to say propagationPolicy")
    propagationPolicy = f.string("what becomes of dependents: Orphan, Background or Foreground")
    dryRun = f.list_of(f.string(), "All does everything but the deletion", list_type="atomic")
    ignoreStoreReadErrorWithClusterBreakingPotential = f.boolean("delete even what cannot be read from the store")


class GroupVersionForDiscovery(f.ApiSchema):
    """A version of a group."""

    class Meta:
        definition = f"{_GROUP}.GroupVersionForDiscovery"

    groupVersion = f.string("`group/version`", required=True)
    version = f.string("the version alone", required=True)


class ServerAddressByClientCIDR(f.ApiSchema):
    """Which address a client of a network should use."""

    class Meta:
        definition = f"{_GROUP}.ServerAddressByClientCIDR"

    clientCIDR = f.string("the client's network", required=True)
    serverAddress = f.string("the server's address for it", required=True)


class APIGroup(Message):
    """A group and its versions."""

    class Meta:
        definition = f"{_GROUP}.APIGroup"

    name = f.string("name of the group", required=True, allow_empty=True)
    versions = f.list_of(GroupVersionForDiscovery, "its versions", required=True, list_type="atomic")
    preferredVersion = f.obj(GroupVersionForDiscovery, "the version that the server prefers")
    serverAddressByClientCIDRs = f.list_of(ServerAddressByClientCIDR, "addresses by network", list_type="atomic")


class APIGroupList(Message):
    """All groups."""

    class Meta:
        definition = f"{_GROUP}.APIGroupList"

    groups = f.list_of(APIGroup, "the groups", required=True, allow_empty=True, list_type="atomic")


class APIVersions(Message):
    """The versions of the core group."""

    class Meta:
        definition = f"{_GROUP}.APIVersions"

    versions = f.list_of(f.string(), "the versions", required=True, list_type="atomic")
    serverAddressByClientCIDRs = f.list_of(
        ServerAddressByClientCIDR, "addresses by network", required=True, allow_empty=True, list_type="atomic"
    )


class APIResource(f.ApiSchema):
    """A resource of a group version."""

    class Meta:
        definition = f"{_GROUP}.APIResource"

    name = f.string("plural name", required=True)
    singularName = f.string("singular name", required=True, allow_empty=True)
    namespaced = f.boolean("whether its objects live in namespaces", required=True)
    group = f.string("preferred group, where it differs")
    version = f.string("preferred version, where it differs")
    kind = f.string("kind of its objects", required=True)
    verbs = f.list_of(f.string(), "what can be done with it", required=True)
    shortNames = f.list_of(f.string(), "short names", list_type="atomic")
    categories = f.list_of(f.string(), "categories, such as all", list_type="atomic")
    storageVersionHash = f.string("changes with the version that is stored")


class APIResourceList(Message):
    """The resources of a group version."""

    class Meta:
        definition = f"{_GROUP}.APIResourceList"

    groupVersion = f.string("the group version", required=True)
    resources = f.list_of(APIResource, "its resources", required=True, allow_empty=True, list_type="atomic")
