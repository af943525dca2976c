"""Writes the EndpointSlices of each service with a selector; they are the service's own and are collected with it."""

from collections.abc import Mapping, Sequence

from kubernel.errors import ConflictError, NotFoundError, StatusError
from kubernel.machinery.expectations import Expectations
from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.json import Object
from kubernel.types.pods import is_terminating
from kubernel.types.references import owner_reference, split_key
from kubernel.types.well_known import ENDPOINT_SLICES, NODES, PODS, SERVICES
from kubernel_cluster.endpoints.backends import (
    HEADLESS_LABEL,
    Backend,
    backends,
    families_of,
    family_of,
    has_pods,
    is_headless,
)
from kubernel_cluster.endpoints.packing import Plan, Ports, plan
from kubernel_cluster.endpoints.wakening import ServiceOfLabel, ServicesOfPod

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
CONTROLLER = "endpointslice-controller.k8s.io"
ZONE = "topology.kubernetes.io/zone"
BY_SERVICE = "service"


class EndpointSliceController:
    """A `kubernel.ports.controller.Controller`, by services."""

    name = "endpointslice"

    def __init__(self, context: ControllerContext) -> None:
        self._client = context.client
        self._services = context.client.informer(SERVICES)
        self._pods = context.client.informer(PODS)
        self._nodes = context.client.informer(NODES)
        self._selector = f"{MANAGED_BY}={CONTROLLER}"
        self._slices = context.client.informer(ENDPOINT_SLICES, label_selector=self._selector)
        self._slices.add_index(BY_SERVICE, _service_keys)
        # Slices get their names from the server: without noting what was made, a copy that lags behind would make them twice.
        self._expectations = Expectations(context.clock)

    def watches(self) -> Sequence[Watch]:
        return (
            Watch(SERVICES),
            Watch(PODS, ServicesOfPod(self._services)),
            Watch(ENDPOINT_SLICES, self._slice_changed, label_selector=self._selector),
            Watch(NODES, lambda old, new: ()),
        )

    def sync(self, key: str) -> float | None:
        service = self._services.get(key)
        if service is None or is_terminating(service) or not has_pods(service):
            self._expectations.forget(key)
            return None
        if not self._expectations.satisfied(key):
            return None
        namespace, _ = split_key(key)
        found = backends(service, self._pods.list(namespace))
        present = [s for s in self._slices.by_index(BY_SERVICE, key) if not is_terminating(s)]
        for family in families_of(service, found):
            of_family = [s for s in present if s["addressType"] == family]
            self._apply(key, service, plan(of_family, self._wanted(service, found, family), family, labels_of(service)))
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

    def _apply(self, key: str, service: Object, changes: Plan) -> None:
        metadata = service["metadata"]
        namespace = metadata["namespace"]
        for made in changes.create:
            own = {**made["metadata"], "generateName": f"{metadata['name']}-", "namespace": namespace}
            own["ownerReferences"] = [owner_reference(service)]
            self._expectations.expect_creations(key, 1)
            try:
                self._client.create(ENDPOINT_SLICES, {**made, "metadata": own}, namespace)
            except StatusError:
                self._expectations.creation_observed(key)
                raise
        for changed in changes.update:
            self._client.update(ENDPOINT_SLICES, changed)
        for gone in changes.delete:
            try:
                self._client.delete(ENDPOINT_SLICES, gone["metadata"]["name"], namespace)
            except (NotFoundError, ConflictError):
                # Somebody was faster; whatever is left wakes the service again.
                continue

    def _slice_changed(self, old: Object | None, new: Object | None) -> set[str]:
        keys = set(ServiceOfLabel(SERVICE_NAME)(old, new))
        if old is None:
            for key in keys:
                self._expectations.creation_observed(key)
        return keys


def _service_keys(found: Object) -> Sequence[str]:
    name = (found["metadata"].get("labels") or {}).get(SERVICE_NAME)
    return (f"{found['metadata']['namespace']}/{name}",) if name else ()


def labels_of(service: Object) -> dict[str, str]:
    """The service's own labels, and those by which slices are found."""
    labels = dict(service["metadata"].get("labels") or {})
    labels.pop(HEADLESS_LABEL, None)
    if is_headless(service):
        labels[HEADLESS_LABEL] = ""
    return {**labels, SERVICE_NAME: service["metadata"]["name"], MANAGED_BY: CONTROLLER}
