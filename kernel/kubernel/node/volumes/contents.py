"""What the files of a volume hold: from a ConfigMap, a Secret, the pod's own fields, or several of these together."""

from collections.abc import Mapping

from kubernel.node.environment.downward import PodFacts, field_value, resource_value
from kubernel.node.environment.references import References
from kubernel.node.environment.variables import object_data
from kubernel.node.volumes.atomic_directory import File
from kubernel.ports.runtime import RuntimeFault
from kubernel.types.json import Object
from kubernel.types.well_known import CONFIG_MAPS, SECRETS

DEFAULT_MODE = 0o644


class VolumeError(RuntimeFault):
    """A volume cannot be made now; the message is for the pod's events."""


def volume_files(kind: str, source: Object, facts: PodFacts, references: References) -> dict[str, File]:
    """The files of a volume whose content the API knows.

    :param kind: configMap, secret, downwardAPI or projected.
    :raises VolumeError: what it is made of is not there.
    :raises StatusError: the API cannot be asked.
    """
    mode = source.get("defaultMode", DEFAULT_MODE)
    match kind:
        case "configMap":
            return _of_object(source, source.get("name", ""), CONFIG_MAPS, facts, references, mode)
        case "secret":
            return _of_object(source, source.get("secretName", ""), SECRETS, facts, references, mode)
        case "downwardAPI":
            return _of_fields(source, facts, mode)
        case _:
            return _projected(source, facts, references, mode)


def _projected(source: Object, facts: PodFacts, references: References, mode: int) -> dict[str, File]:
    files: dict[str, File] = {}
    for part in source.get("sources") or ():
        if "configMap" in part:
            inner = part["configMap"]
            files.update(_of_object(inner, inner.get("name", ""), CONFIG_MAPS, facts, references, mode))
        elif "secret" in part:
            inner = part["secret"]
            files.update(_of_object(inner, inner.get("name", ""), SECRETS, facts, references, mode))
        elif "downwardAPI" in part:
            files.update(_of_fields(part["downwardAPI"], facts, mode))
        elif "serviceAccountToken" not in part:
            raise VolumeError(f"this node does not offer the projected source {', '.join(part)}")
    return files


def left_out(volume: Object) -> str:
    """What a volume asks for and does not get, as a sentence; "" where it gets everything."""
    parts = (volume.get("projected") or {}).get("sources") or ()
    if any("serviceAccountToken" in part for part in parts):
        return f"volume {volume['name']!r}: service account tokens are not issued to pods here; the file is left out"
    return ""


def _of_object(
    source: Object, name: str, resource: object, facts: PodFacts, references: References, mode: int
) -> dict[str, File]:
    secret = resource == SECRETS
    namespace = facts.pod["metadata"]["namespace"]
    found = references.get(SECRETS if secret else CONFIG_MAPS, namespace, name)
    if found is None:
        if source.get("optional"):
            return {}
        raise VolumeError(f'{"secret" if secret else "configmap"} "{name}" not found')
    data = object_data(found)
    items = source.get("items")
    if not items:
        return {key: File(value, mode) for key, value in data.items()}
    files: dict[str, File] = {}
    for item in items:
        if item["key"] not in data:
            if source.get("optional"):
                continue
            what = "secret" if secret else "configmap"
            raise VolumeError(f"{what} references non-existent {what} key: {item['key']}".replace("configmap key", "config key"))
        files[_safe(item["path"])] = File(data[item["key"]], item.get("mode", mode))
    return files


def _of_fields(source: Object, facts: PodFacts, mode: int) -> dict[str, File]:
    files: dict[str, File] = {}
    for item in source.get("items") or ():
        if "fieldRef" in item:
            text = field_value(facts, item["fieldRef"]["fieldPath"])
        else:
            text = resource_value(facts, item["resourceFieldRef"])
        files[_safe(item["path"])] = File(text.encode(), item.get("mode", mode))
    return files


def _safe(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/"):
        raise VolumeError(f"path {path!r} leads out of its volume")
    return path


KINDS: Mapping[str, str] = {"configMap": "configmap", "secret": "secret", "downwardAPI": "downward-api", "projected": "projected"}
"""The kinds of volumes that are made of files, and the directory that holds those of each kind."""
