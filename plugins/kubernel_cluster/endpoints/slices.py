"""Writes the EndpointSlices of each service with a selector; they are the service's own and are collected with it."""

from collections.abc import Mapping, Sequence

from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.json import Object
from kubernel.types.pods import is_terminating
from kubernel.types.references import split_key
from kubernel.types.well_known import NODES, PODS, SERVICES
from kubernel_cluster.endpoints.backends import (
    HEADLESS_LABEL,
    Backend,
    backends,
    families_of,
    family_of,
    has_pods,
    is_headless,
)
from kubernel_cluster.endpoints.packing import Ports, plan
from kubernel_cluster.endpoints.slice_writer import SliceWriter
from kubernel_cluster.endpoints.wakening import ServicesOfPod

CONTROLLER = "endpointslice-controller.k8s.io"
ZONE = "topology.kubernetes.io/zone"


class EndpointSliceController:
    """A `kubernel.ports.controller.Controller`, by services."""

    name = "endpointslice"

    def __init__(self, context: ControllerContext) -> None:
        self._services = context.client.informer(SERVICES)
        self._pods = context.client.informer(PODS)
        self._nodes = context.client.informer(NODES)
        self._slices = SliceWriter(context, CONTROLLER)

    def watches(self) -> Sequence[Watch]:
        return (
            Watch(SERVICES),
            Watch(PODS, ServicesOfPod(self._services)),
            self._slices.watch(),
            Watch(NODES, lambda old, new: ()),
        )

    def sync(self, key: str) -> float | None:
        service = self._services.get(key)
        if service is None or is_terminating(service) or not has_pods(service):
            self._slices.forget(key)
            return None
        if not self._slices.settled(key):
            return None
        namespace, _ = split_key(key)
        found = backends(service, self._pods.list(namespace))
        labels = self._slices.labels(service, labels_of(service))
        for family in families_of(service, found):
            wanted = self._wanted(service, found, family)
            self._slices.apply(key, service, plan(self._slices.present(key, family), wanted, family, labels))
        return None

    def _wanted(self, service: Object, found: Sequence[Backend], family: str) -> Mapping[Ports, Sequence[Object]]:
        wanted: dict[Ports, list[Object]] = {}
        for backend in found:
            addresses = [address for address in backend.addresses if family_of(address) == family]
            if addresses and (backend.ports or not service["spec"].get("ports")):
                wanted.setdefault(backend.ports, []).append(self._endpoint(backend, addresses[:1]))
        return wanted

    def _endpoint(self, backend: Backend, addresses: Sequence[str]) -> Object:
        endpoint: Object = {
            "addresses": list(addresses),
            "conditions": {"ready": backend.ready, "serving": backend.serving, "terminating": backend.terminating},
        }
        if backend.hostname:
            endpoint["hostname"] = backend.hostname
        endpoint["targetRef"] = backend.reference
        if backend.node_name:
            endpoint["nodeName"] = backend.node_name
            node = self._nodes.get(backend.node_name)
            zone = (node["metadata"].get("labels") or {}).get(ZONE) if node else None
            if zone:
                endpoint["zone"] = zone
        return endpoint


def labels_of(service: Object) -> dict[str, str]:
    """The service's own labels, and whether it is headless."""
    labels = dict(service["metadata"].get("labels") or {})
    labels.pop(HEADLESS_LABEL, None)
    if is_headless(service):
        labels[HEADLESS_LABEL] = ""
    return labels
