"""Endpoint slices: the addresses behind a service, in pieces small enough to be sent on every change."""

from kubernel.objects import fields as f
from kubernel.objects.core.references import ObjectReference
from kubernel.objects.meta import KindSchema

_GROUP = "io.k8s.api.discovery.v1"


class EndpointConditions(f.ApiSchema):
    """What state the endpoint is in."""

    class Meta:
        definition = f"{_GROUP}.EndpointConditions"

    ready = f.boolean("whether it takes traffic; absent means yes")
    serving = f.boolean("whether it answers, also while it ends")
    terminating = f.boolean("whether it is ending")


class ForNode(f.ApiSchema):
    """A node that should use the endpoint."""

    class Meta:
        definition = f"{_GROUP}.ForNode"

    name = f.string("name of the node", required=True)


class ForZone(f.ApiSchema):
    """A zone that should use the endpoint."""

    class Meta:
        definition = f"{_GROUP}.ForZone"

    name = f.string("name of the zone", required=True)


class EndpointHints(f.ApiSchema):
    """Who should use the endpoint."""

    class Meta:
        definition = f"{_GROUP}.EndpointHints"

    forNodes = f.list_of(ForNode, "nodes", list_type="atomic")
    forZones = f.list_of(ForZone, "zones", list_type="atomic")


class Endpoint(f.ApiSchema):
    """One pod or other thing behind the service."""

    class Meta:
        definition = f"{_GROUP}.Endpoint"

    addresses = f.list_of(f.string(), "its addresses", required=True, list_type="set")
    conditions = f.obj(EndpointConditions, "what state it is in", default={})
    deprecatedTopology = f.map_of(f.string(), "labels of an older version")
    hints = f.obj(EndpointHints, "who should use it")
    hostname = f.string("its name in DNS")
    nodeName = f.string("node that it is on")
    targetRef = f.obj(ObjectReference, "object that it stands for")
    zone = f.string("zone that it is in")


class EndpointPort(f.ApiSchema):
    """One port of all endpoints of the slice."""

    class Meta:
        definition = f"{_GROUP}.EndpointPort"
        map_type = "atomic"

    appProtocol = f.string("protocol of the application")
    name = f.string("name of the service's port", default="")
    port = f.integer("the port")
    protocol = f.string("TCP, UDP or SCTP", default="TCP", enum=("SCTP", "TCP", "UDP"))


class EndpointSlice(KindSchema):
    """Some of the addresses behind a service."""

    class Meta:
        definition = f"{_GROUP}.EndpointSlice"

    addressType = f.string("IPv4, IPv6 or FQDN", required=True, enum=("FQDN", "IPv4", "IPv6"))
    endpoints = f.list_of(Endpoint, "the endpoints", list_type="atomic")
    ports = f.list_of(EndpointPort, "their ports", list_type="atomic")
