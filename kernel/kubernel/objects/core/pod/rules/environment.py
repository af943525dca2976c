"""Environment variables: their names, and that each value has exactly one, possible source."""

from collections.abc import Iterator

from kubernel.errors import Cause
from kubernel.objects.causes import at, index, invalid, names, not_supported, required
from kubernel.types.json import Object
from kubernel.types.names import config_key, env_name, qualified_name
from kubernel.types.quantity import parse_quantity

ENV_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
FILE_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
_KNOWN_FIELDS = frozenset((*ENV_FIELDS, *FILE_FIELDS, "spec.restartPolicy", "spec.schedulerName", "status.phase"))
_RESOURCES = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)
_HUGE_PAGES = ("limits.hugepages-", "requests.hugepages-")
_SIZES = ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei")
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")


def env_causes(variables: list[Object], path: str) -> Iterator[Cause]:
    """What is wrong with a container's `env`."""
    for position, variable in enumerate(variables):
        place = index(path, position)
        if variable.get("name"):
            yield from names(at(place, "name"), variable["name"], env_name(variable["name"]))
        if "valueFrom" in variable:
            yield from _value_from_causes(variable, at(place, "valueFrom"))


def _value_from_causes(variable: Object, path: str) -> Iterator[Cause]:
    given = variable["valueFrom"]
    sources = [name for name in _SOURCES if name in given]
    if "fieldRef" in given:
        yield from field_ref_causes(given["fieldRef"], at(path, "fieldRef"), ENV_FIELDS)
    if "resourceFieldRef" in given:
        yield from resource_field_causes(given["resourceFieldRef"], at(path, "resourceFieldRef"), in_volume=False)
    for name in ("configMapKeyRef", "secretKeyRef"):
        if name in given:
            yield from _key_ref_causes(given[name], at(path, name))
    if not sources:
        listed = ", ".join(f"`{name}`" for name in _SOURCES[:-1]) + f" or `{_SOURCES[-1]}`"
        yield invalid(path, "", f"must specify one of: {listed}")
    elif variable.get("value"):
        yield invalid(path, "", "may not be specified when `value` is not empty")
    elif len(sources) > 1:
        yield invalid(path, "", "may not have more than one field specified at a time")


def _key_ref_causes(reference: Object, path: str) -> Iterator[Cause]:
    if not reference.get("name"):
        yield required(at(path, "name"))
    if reference.get("key"):
        yield from names(at(path, "key"), reference["key"], config_key(reference["key"]))


def field_ref_causes(reference: Object, path: str, supported: tuple[str, ...]) -> Iterator[Cause]:
    """What is wrong with a reference to a field of the pod; labels and annotations may be asked for one by one."""
    field_path = reference.get("fieldPath") or ""
    if not field_path:
        return
    if reference.get("apiVersion", "v1") != "v1":
        yield not_supported(at(path, "apiVersion"), reference["apiVersion"], ("v1",))
    base, bracket, key = field_path.partition("['")
    if bracket and base in ("metadata.annotations", "metadata.labels") and key.endswith("']"):
        yield from names(at(path, "fieldPath"), key[:-2], qualified_name(key[:-2].lower()))
    elif field_path not in _KNOWN_FIELDS:
        detail = f"error converting fieldPath: field label not supported: {field_path}"
        yield invalid(at(path, "fieldPath"), field_path, detail)
    elif field_path not in supported:
        yield not_supported(at(path, "fieldPath"), field_path, supported)


def resource_field_causes(reference: Object, path: str, *, in_volume: bool) -> Iterator[Cause]:
    """What is wrong with a reference to a request or limit; in a volume it must name its container."""
    resource = reference.get("resource") or ""
    if in_volume and not reference.get("containerName"):
        yield required(at(path, "containerName"))
    if not resource:
        return
    if resource not in _RESOURCES and not resource.startswith(_HUGE_PAGES):
        yield not_supported(at(path, "resource"), resource, _RESOURCES)
        return
    divisor = parse_quantity(reference.get("divisor", "0"))
    units = ("1m", "1") if resource.endswith(".cpu") else _SIZES
    if divisor and divisor not in [parse_quantity(unit) for unit in units]:
        kind = resource.partition(".")[2]
        kind = "hugepages" if kind.startswith("hugepages-") else kind
        shown = "1m and 1" if kind == "cpu" else ", ".join(units)
        yield invalid(
            at(path, "divisor"), reference["divisor"], f"only divisor's values {shown} are supported with the {kind} resource"
        )


def env_from_causes(sources: list[Object], path: str) -> Iterator[Cause]:
    """What is wrong with a container's `envFrom`."""
    for position, source in enumerate(sources):
        place = index(path, position)
        if source.get("prefix"):
            yield from names(at(place, "prefix"), source["prefix"], env_name(source["prefix"]))
        given = [name for name in ("configMapRef", "secretRef") if name in source]
        for name in given:
            if not source[name].get("name"):
                yield required(at(place, name, "name"))
        if not given:
            yield invalid(place, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(given) > 1:
            yield invalid(place, "", "may not have more than one field specified at a time")
