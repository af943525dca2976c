"""Shows the Endpoints that people write by hand as EndpointSlices too, for those who only look at slices (proxies do).

Only Endpoints of services without a selector are mirrored; those with one have slices of their own.
"""

from collections.abc import Mapping, Sequence

from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.json import Object
from kubernel.types.pods import is_terminating
from kubernel.types.well_known import ENDPOINTS, SERVICES
from kubernel_cluster.endpoints.backends import family_of, has_pods
from kubernel_cluster.endpoints.packing import Ports, plan
from kubernel_cluster.endpoints.slice_writer import SliceWriter

CONTROLLER = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
FAMILIES = ("IPv4", "IPv6")


class EndpointSliceMirroring:
    """A `kubernel.ports.controller.Controller`, by services, which have the names of their Endpoints."""

    name = "endpointslice-mirroring"

    def __init__(self, context: ControllerContext) -> None:
        self._services = context.client.informer(SERVICES)
        self._endpoints = context.client.informer(ENDPOINTS)
        self._slices = SliceWriter(context, CONTROLLER)

    def watches(self) -> Sequence[Watch]:
        return (Watch(SERVICES), Watch(ENDPOINTS), self._slices.watch())

    def sync(self, key: str) -> float | None:
        service, endpoints = self._services.get(key), self._endpoints.get(key)
        if service is None or endpoints is None or not is_mirrored(service, endpoints):
            self._slices.forget(key)
            self._slices.remove(self._slices.present(key))
            return None
        if not self._slices.settled(key):
            return None
        labels = self._slices.labels(service, endpoints["metadata"].get("labels") or {})
        for family in FAMILIES:
            wanted = endpoints_by_ports(endpoints, family)
            present = self._slices.present(key, family)
            if wanted:
                self._slices.apply(key, endpoints, plan(present, wanted, family, labels))
            else:
                self._slices.remove(present)
        return None


def is_mirrored(service: Object, endpoints: Object) -> bool:
    """Whether nobody else makes slices of these endpoints."""
    marked = (endpoints["metadata"].get("labels") or {}).get(SKIP) == "true"
    return not (marked or has_pods(service) or is_terminating(service) or is_terminating(endpoints))


def endpoints_by_ports(endpoints: Object, family: str) -> Mapping[Ports, Sequence[Object]]:
    """The addresses of one family as endpoints of slices, by the ports of their subsets."""
    wanted: dict[Ports, list[Object]] = {}
    for subset in endpoints.get("subsets") or ():
        ports = tuple(
            (port.get("name") or "", int(port["port"]), port.get("protocol") or "TCP", port.get("appProtocol") or "")
            for port in subset.get("ports") or ()
        )
        for field, ready in (("addresses", True), ("notReadyAddresses", False)):
            for address in subset.get(field) or ():
                if family_of(address["ip"]) == family:
                    wanted.setdefault(ports, []).append(_endpoint(address, ready))
    return wanted


def _endpoint(address: Object, ready: bool) -> Object:
    endpoint: Object = {"addresses": [address["ip"]], "conditions": {"ready": ready}}
    for field in ("hostname", "nodeName", "targetRef"):
        if address.get(field):
            endpoint[field] = address[field]
    return endpoint
