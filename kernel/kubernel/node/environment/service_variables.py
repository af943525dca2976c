"""The variables by which containers find services without DNS: `NAME_SERVICE_HOST`, `NAME_SERVICE_PORT` and the older kind."""

from collections.abc import Iterable

from kubernel.types.json import Object

_API = ("default", "kubernetes")


def service_variables(services: Iterable[Object], namespace: str, *, links: bool) -> dict[str, str]:
    """The variables for a pod of a namespace.

    :param links: whether it wants those of its namespace's services; that of the API it gets anyway.
    """
    chosen: dict[str, Object] = {}
    for service in services:
        metadata = service["metadata"]
        own = links and metadata["namespace"] == namespace
        api = (metadata["namespace"], metadata["name"]) == _API
        # A service of the pod's own namespace hides the API's, as in Kubernetes.
        if (own or (api and metadata["name"] not in chosen)) and _address(service):
            chosen[metadata["name"]] = service
    variables: dict[str, str] = {}
    for name in sorted(chosen):
        variables.update(_of_service(name, chosen[name]))
    return variables


def _address(service: Object) -> str:
    spec = service.get("spec") or {}
    address = str(spec.get("clusterIP") or "")
    return "" if address == "None" or spec.get("type") == "ExternalName" else address


def _of_service(name: str, service: Object) -> dict[str, str]:
    prefix = name.replace("-", "_").upper()
    address, ports = _address(service), service["spec"].get("ports") or ()
    if not ports:
        return {}
    first = ports[0]
    variables = {f"{prefix}_SERVICE_HOST": address, f"{prefix}_SERVICE_PORT": str(first["port"])}
    for port in ports:
        if port.get("name"):
            variables[f"{prefix}_SERVICE_PORT_{port['name'].replace('-', '_').upper()}"] = str(port["port"])
    variables[f"{prefix}_PORT"] = f"{first.get('protocol', 'TCP').lower()}://{address}:{first['port']}"
    for port in ports:
        protocol = port.get("protocol", "TCP")
        link = f"{prefix}_PORT_{port['port']}_{protocol}"
        variables[link] = f"{protocol.lower()}://{address}:{port['port']}"
        variables[f"{link}_PROTO"] = protocol.lower()
        variables[f"{link}_PORT"] = str(port["port"])
        variables[f"{link}_ADDR"] = address
    return variables
