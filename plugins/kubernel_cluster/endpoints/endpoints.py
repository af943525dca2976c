"""Writes the Endpoints of each service with a selector: the older kind, one object per service."""

import ipaddress
from collections.abc import Sequence

from kubernel.errors import AlreadyExistsError, ConflictError, NotFoundError
from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.json import Object
from kubernel.types.references import split_key
from kubernel.types.well_known import ENDPOINTS, PODS, SERVICES
from kubernel_cluster.endpoints.backends import (
    HEADLESS_LABEL,
    Backend,
    Port,
    backends,
    families_of,
    family_of,
    has_pods,
    is_headless,
)
from kubernel_cluster.endpoints.wakening import ServicesOfPod

MANAGED_BY = "endpoints.kubernetes.io/managed-by"
CONTROLLER = "endpoint-controller"


class EndpointsController:
    """A `kubernel.ports.controller.Controller`, by services."""

    name = "endpoint"

    def __init__(self, context: ControllerContext) -> None:
        self._client = context.client
        self._services = context.client.informer(SERVICES)
        self._pods = context.client.informer(PODS)
        self._endpoints = context.client.informer(ENDPOINTS)

    def watches(self) -> Sequence[Watch]:
        return (Watch(SERVICES), Watch(PODS, ServicesOfPod(self._services)), Watch(ENDPOINTS))

    def sync(self, key: str) -> float | None:
        service = self._services.get(key)
        namespace, name = split_key(key)
        if service is None:
            self._remove(key)
            return None
        if not has_pods(service):
            return None
        subsets = subsets_of(service, backends(service, self._pods.list(namespace)))
        labels = labels_of(service)
        present = self._endpoints.get(key)
        if present is None:
            metadata = {"name": name, "namespace": namespace, "labels": labels}
            made = {"kind": "Endpoints", "apiVersion": "v1", "metadata": metadata, "subsets": subsets}
            try:
                self._client.create(ENDPOINTS, made, namespace)
            except AlreadyExistsError as error:
                # The copy does not show it yet, so that there is nothing to compare with: look again.
                raise ConflictError(error.message, kind=error.kind, name=error.name) from error
        elif (present.get("subsets") or []) != subsets or (present["metadata"].get("labels") or {}) != labels:
            metadata = {**present["metadata"], "labels": labels}
            self._client.update(ENDPOINTS, {**present, "metadata": metadata, "subsets": subsets})
        return None

    def _remove(self, key: str) -> None:
        """The service is gone: endpoints of our own making go with it."""
        present = self._endpoints.get(key)
        if present is None or (present["metadata"].get("labels") or {}).get(MANAGED_BY) != CONTROLLER:
            return
        namespace, name = split_key(key)
        try:
            self._client.delete(ENDPOINTS, name, namespace)
        except NotFoundError:
            # It went with its namespace.
            return


def labels_of(service: Object) -> dict[str, str]:
    labels = {**(service["metadata"].get("labels") or {}), MANAGED_BY: CONTROLLER}
    labels.pop(HEADLESS_LABEL, None)
    if is_headless(service):
        labels[HEADLESS_LABEL] = ""
    return labels


def subsets_of(service: Object, found: Sequence[Backend]) -> list[Object]:
    """The subsets: pods that answer on the same ports stand together, ready ones apart from the others."""
    family = families_of(service, found)[0]
    without_ports = not service["spec"].get("ports")
    groups: dict[tuple[Port, ...], dict[str, list[Object]]] = {}
    for backend in found:
        if backend.terminating and not service["spec"].get("publishNotReadyAddresses"):
            continue
        address = next((a for a in backend.addresses if family_of(a) == family), None)
        if address is None or not (backend.ports or without_ports):
            continue
        group = groups.setdefault(backend.ports, {})
        group.setdefault("addresses" if backend.ready else "notReadyAddresses", []).append(_address(address, backend))
    return [_subset(ports, groups[ports]) for ports in sorted(groups)]


def _subset(ports: tuple[Port, ...], addresses: dict[str, list[Object]]) -> Object:
    subset: Object = {
        kind: sorted(addresses[kind], key=lambda address: ipaddress.ip_address(address["ip"]).packed)
        for kind in ("addresses", "notReadyAddresses")
        if kind in addresses
    }
    if ports:
        subset["ports"] = [_port(port) for port in sorted(ports)]
    return subset


def _address(address: str, backend: Backend) -> Object:
    entry: Object = {"ip": address}
    if backend.hostname:
        entry["hostname"] = backend.hostname
    if backend.node_name:
        entry["nodeName"] = backend.node_name
    return {**entry, "targetRef": backend.reference}


def _port(port: Port) -> Object:
    name, number, protocol, application = port
    entry: Object = {"name": name} if name else {}
    entry.update(port=number, protocol=protocol)
    if application:
        entry["appProtocol"] = application
    return entry
