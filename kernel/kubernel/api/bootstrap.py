"""What an API server makes when it starts: the namespaces that clients expect, and the service by which pods reach it."""

import ipaddress
from collections.abc import Callable
from contextlib import suppress

from kubernel.errors import AlreadyExistsError, NotFoundError
from kubernel.ports.auth import User
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.flow import block
from kubernel.registry.registry import Registry
from kubernel.registry.requests import WriteOptions
from kubernel.types.json import Object
from kubernel.types.references import ResourceType
from kubernel.types.well_known import ENDPOINT_SLICES, ENDPOINTS, NAMESPACES, SERVICES

NAMESPACE_NAMES = ("default", "kube-system", "kube-public", "kube-node-lease")
_SERVICE = "kubernetes"
_LABELS = {"component": "apiserver", "provider": "kubernetes"}
_OPTIONS = WriteOptions(user=User("system:apiserver", ("system:masters",)), field_manager="kube-apiserver")


def bootstrap(registry: Registry, *, address: str, port: int, service_address: str, service_port: int = 443) -> None:
    """Make what is absent, and let the service's endpoints point at this server. Doing it twice is a no-op.

    :param address: an address at which the server can be reached.
    :param service_address: the first address of the cluster's service range.
    :param service_port: where the service listens; pods learn it from their environment.
    :raises StatusError: the registry refuses, for example because the store is away.
    """
    for name in NAMESPACE_NAMES:
        _ensure(registry, NAMESPACES, "", {"metadata": {"name": name}})
    metadata: Object = {"name": _SERVICE, "namespace": "default"}
    ports = [{"name": "https", "port": service_port, "protocol": "TCP", "targetPort": port}]
    spec = {"type": "ClusterIP", "clusterIP": service_address, "ports": ports, "sessionAffinity": "None"}

    def lead(service: Object) -> None:
        service["spec"]["ports"] = ports

    _ensure(registry, SERVICES, "default", {"metadata": {**metadata, "labels": _LABELS}, "spec": spec}, lead)
    endpoint_ports = [{"name": "https", "port": port, "protocol": "TCP"}]
    subsets = [{"addresses": [{"ip": address}], "ports": endpoint_ports}]
    labels = {"endpointslice.kubernetes.io/skip-mirror": "true"}

    def point(endpoints: Object) -> None:
        endpoints["subsets"] = subsets

    _ensure(registry, ENDPOINTS, "default", {"metadata": {**metadata, "labels": labels}, "subsets": subsets}, point)
    family = "IPv6" if ipaddress.ip_address(address).version == 6 else "IPv4"
    endpoint = {"addresses": [address], "conditions": {"ready": True}}
    sliced = {"addressType": family, "endpoints": [endpoint], "ports": endpoint_ports}
    labels = {"kubernetes.io/service-name": _SERVICE}

    def point_slice(endpoint_slice: Object) -> None:
        endpoint_slice |= {"endpoints": [endpoint], "ports": endpoint_ports}

    _ensure(registry, ENDPOINT_SLICES, "default", {"metadata": {**metadata, "labels": labels}, **sliced}, point_slice)


def _ensure(
    registry: Registry,
    resource: ResourceType,
    namespace: str,
    obj: Object,
    change: Callable[[Object], None] | None = None,
) -> None:
    """Create an object, or change the one that is there. A kind that no plugin brings is left out."""
    if resource not in registry.table:
        return
    definition = registry.table.definition(resource)
    body = {"kind": definition.kind, "apiVersion": resource.api_version, **obj}
    # Asked first: creating again would be refused for the addresses that the present object holds before its name is looked at.
    if _is_absent(registry, definition, namespace, obj["metadata"]["name"]):
        with suppress(AlreadyExistsError):
            block(registry.create(definition, namespace, body, _OPTIONS))
            return
    if change is not None:
        block(registry.modify(definition, namespace, obj["metadata"]["name"], change, _OPTIONS))


def _is_absent(registry: Registry, definition: ResourceDefinition, namespace: str, name: str) -> bool:
    try:
        registry.get(definition, namespace, name)
    except NotFoundError:
        return True
    return False
