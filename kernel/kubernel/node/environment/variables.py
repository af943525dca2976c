"""A container's environment, in the order that Kubernetes gives: services, `envFrom`, `env`; later ones replace earlier ones."""

import base64
import re
from collections.abc import Mapping

from kubernel.node.environment.downward import PodFacts, field_value, resource_value
from kubernel.node.environment.expansion import expand
from kubernel.node.environment.references import References
from kubernel.ports.runtime import ContainerConfigError
from kubernel.types.json import Object
from kubernel.types.references import ResourceType
from kubernel.types.well_known import CONFIG_MAPS, SECRETS

_NAME = re.compile(r"^[-._a-zA-Z][-._a-zA-Z0-9]*$")
_KINDS: Mapping[str, tuple[ResourceType, str]] = {
    "configMap": (CONFIG_MAPS, "configmap"),
    "secret": (SECRETS, "secret"),
}


def container_variables(
    container: Object, facts: PodFacts, references: References, services: Mapping[str, str]
) -> dict[str, str]:
    """Everything resolved.

    :raises ContainerConfigError: something that is referred to is not there.
    :raises StatusError: the API cannot be asked for it.
    """
    variables = dict(services)
    for source in container.get("envFrom") or ():
        variables.update(_all_keys(source, facts, references))
    for entry in container.get("env") or ():
        value = _value(entry, container, facts, references, variables)
        if value is not None:
            variables[entry["name"]] = value
    return variables


def _all_keys(source: Object, facts: PodFacts, references: References) -> dict[str, str]:
    prefix = source.get("prefix") or ""
    for kind in _KINDS:
        reference = source.get(f"{kind}Ref")
        if reference is None:
            continue
        found = _find(kind, reference, facts, references)
        keys = object_data(found) if found is not None else {}
        return {f"{prefix}{key}": _text(value) for key, value in keys.items() if _NAME.match(f"{prefix}{key}")}
    return {}


def _value(entry: Object, container: Object, facts: PodFacts, references: References, known: Mapping[str, str]) -> str | None:
    source = entry.get("valueFrom")
    if source is None:
        return expand(entry.get("value") or "", known)
    if "fieldRef" in source:
        return field_value(facts, source["fieldRef"]["fieldPath"])
    if "resourceFieldRef" in source:
        return resource_value(facts, source["resourceFieldRef"], container["name"])
    for kind in _KINDS:
        reference = source.get(f"{kind}KeyRef")
        if reference is None:
            continue
        found = _find(kind, reference, facts, references)
        if found is None:
            return None
        data, key = object_data(found), reference["key"]
        if key in data:
            return _text(data[key])
        if reference.get("optional"):
            return None
        metadata = found["metadata"]
        # The two kinds' sentences differ in Kubernetes too.
        what = "ConfigMap" if kind == "configMap" else "Secret"
        raise ContainerConfigError(f"couldn't find key {key} in {what} {metadata['namespace']}/{metadata['name']}")
    raise ContainerConfigError(f"variable {entry['name']}: this kind of valueFrom is not offered: {', '.join(source)}")


def _find(kind: str, reference: Object, facts: PodFacts, references: References) -> Object | None:
    resource, what = _KINDS[kind]
    found = references.get(resource, facts.pod["metadata"]["namespace"], reference["name"], fresh=True)
    if found is None and not reference.get("optional"):
        raise ContainerConfigError(f'{what} "{reference["name"]}" not found')
    return found


def object_data(obj: Object) -> dict[str, bytes]:
    """The keys of a ConfigMap or Secret, decoded."""
    if obj.get("kind") == "Secret":
        return {key: base64.b64decode(value or "") for key, value in (obj.get("data") or {}).items()}
    data = {key: value.encode() for key, value in (obj.get("data") or {}).items()}
    binary = {key: base64.b64decode(value or "") for key, value in (obj.get("binaryData") or {}).items()}
    return {**data, **binary}


def _text(value: bytes) -> str:
    # The system's environment is bytes without zeros; what is no UTF-8 passes through unchanged.
    return value.decode("utf-8", "surrogateescape").replace("\0", "")
