"""Endpoints: the addresses behind a service, in the older form."""

from kubernel.objects import fields as f
from kubernel.objects.core.references import ObjectReference
from kubernel.objects.meta import KindSchema

_GROUP = "io.k8s.api.core.v1"


class EndpointAddress(f.ApiSchema):
    """One address."""

    class Meta:
        definition = f"{_GROUP}.EndpointAddress"
        map_type = "atomic"

    hostname = f.string("name of the endpoint in DNS")
    ip = f.string("the address", required=True)
    nodeName = f.string("node that it is on")
    targetRef = f.obj(ObjectReference, "object that it belongs to")


class EndpointPort(f.ApiSchema):
    """One port."""

    class Meta:
        definition = f"{_GROUP}.EndpointPort"
        map_type = "atomic"

    appProtocol = f.string("protocol of the application")
    name = f.string("name of the service's port")
    port = f.integer("the port", required=True)
    protocol = f.string("TCP, UDP or SCTP", default="TCP", enum=("SCTP", "TCP", "UDP"))


class EndpointSubset(f.ApiSchema):
    """Addresses that share their ports."""

    class Meta:
        definition = f"{_GROUP}.EndpointSubset"

    addresses = f.list_of(EndpointAddress, "those that are ready", list_type="atomic")
    notReadyAddresses = f.list_of(EndpointAddress, "those that are not", list_type="atomic")
    ports = f.list_of(EndpointPort, "the ports", list_type="atomic")


class Endpoints(KindSchema):
    """The addresses behind a service."""

    class Meta:
        definition = f"{_GROUP}.Endpoints"

    subsets = f.list_of(EndpointSubset, "the addresses, grouped by ports", list_type="atomic")
