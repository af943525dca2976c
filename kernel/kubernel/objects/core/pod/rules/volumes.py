"""Volumes: unique names, one source each, and what the sources that live on the node or in the API must obey."""

from collections.abc import Callable, Iterator

from kubernel.errors import Cause
from kubernel.objects.causes import at, duplicate, forbidden, index, invalid, names, required, under_key
from kubernel.objects.core.pod.rules.environment import FILE_FIELDS, field_ref_causes, resource_field_causes
from kubernel.objects.core.pod.rules.mounts import backstep_causes, inside_causes
from kubernel.objects.selector_rules import selector_causes
from kubernel.types.json import Object
from kubernel.types.names import config_key, dns_label, dns_subdomain
from kubernel.types.quantity import parse_quantity

_MODE_RULE = "must be a number between 0 and 0777 (octal), both inclusive"
_PROJECTIONS = ("clusterTrustBundle", "configMap", "downwardAPI", "podCertificate", "secret", "serviceAccountToken")


def volume_causes(volumes: list[Object], path: str) -> Iterator[Cause]:
    """What is wrong with a pod's volumes; that a volume has no second source is the schema's matter."""
    taken: set[str] = set()
    for position, volume in enumerate(volumes):
        place, name = index(path, position), volume.get("name", "")
        if name:
            wrong = dns_label(name)
            yield from names(at(place, "name"), name, wrong)
            if not wrong and name in taken:
                yield duplicate(at(place, "name"), name)
            taken.add(name)
        sources = [source for source in volume if source != "name"]
        if not sources:
            yield required(place, "must specify a volume type")
        for source in sources:
            rule = _RULES.get(source)
            if rule is not None:
                yield from rule(volume[source], at(place, source))


def _host_path(source: Object, path: str) -> Iterator[Cause]:
    yield from backstep_causes(source.get("path", ""), at(path, "path"))


def _empty_dir(source: Object, path: str) -> Iterator[Cause]:
    if source.get("sizeLimit") and parse_quantity(source["sizeLimit"]) < 0:
        yield forbidden(at(path, "sizeLimit"), "SizeLimit field must be a valid resource quantity")


def _mode_causes(value: int | None, path: str) -> Iterator[Cause]:
    if value is not None and not 0 <= value <= 0o777:
        yield invalid(path, value, _MODE_RULE)


def _item_causes(items: list[Object], path: str) -> Iterator[Cause]:
    for position, item in enumerate(items):
        place = index(path, position)
        if item.get("key"):
            yield from names(at(place, "key"), item["key"], config_key(item["key"]))
        yield from _file_path_causes(item.get("path", ""), at(place, "path"))
        yield from _mode_causes(item.get("mode"), at(place, "mode"))


def _file_path_causes(value: str, path: str) -> Iterator[Cause]:
    yield from inside_causes(value, path)
    if value.startswith("..") and not value.startswith("../") and value != "..":
        yield invalid(path, value, "must not start with '..'")


def _secret(source: Object, path: str) -> Iterator[Cause]:
    if not source.get("secretName"):
        yield required(at(path, "secretName"))
    yield from _mode_causes(source.get("defaultMode"), at(path, "defaultMode"))
    yield from _item_causes(source.get("items") or [], at(path, "items"))


def _named_keys(source: Object, path: str) -> Iterator[Cause]:
    if not source.get("name"):
        yield required(at(path, "name"))
    yield from _mode_causes(source.get("defaultMode"), at(path, "defaultMode"))
    yield from _item_causes(source.get("items") or [], at(path, "items"))


def _downward(source: Object, path: str) -> Iterator[Cause]:
    yield from _mode_causes(source.get("defaultMode"), at(path, "defaultMode"))
    for position, item in enumerate(source.get("items") or ()):
        place = index(at(path, "items"), position)
        yield from _file_path_causes(item.get("path", ""), at(place, "path"))
        yield from _mode_causes(item.get("mode"), at(place, "mode"))
        if "fieldRef" in item:
            yield from field_ref_causes(item["fieldRef"], at(place, "fieldRef"), FILE_FIELDS)
            if "resourceFieldRef" in item:
                detail = "fieldRef and resourceFieldRef can not be specified simultaneously"
                yield invalid(place, "resource", detail)
        elif "resourceFieldRef" in item:
            yield from resource_field_causes(item["resourceFieldRef"], at(place, "resourceFieldRef"), in_volume=True)
        else:
            yield required(place, "one of fieldRef and resourceFieldRef is required")


def _projected(source: Object, path: str) -> Iterator[Cause]:
    yield from _mode_causes(source.get("defaultMode"), at(path, "defaultMode"))
    seen: set[str] = set()
    for position, part in enumerate(source.get("sources") or ()):
        place = index(at(path, "sources"), position)
        given = [name for name in _PROJECTIONS if name in part]
        if not given:
            yield required(place, "must specify a volume type")
        for name in given:
            where = at(place, name)
            if name in ("configMap", "secret"):
                yield from _named_keys(part[name], where)
            elif name == "downwardAPI":
                yield from _downward(part[name], where)
            elif name == "serviceAccountToken":
                yield from _token(part[name], where)
            elif name == "clusterTrustBundle":
                yield from selector_causes(part[name].get("labelSelector"), at(where, "labelSelector"))
        for file in _projected_files(part):
            if file in seen:
                yield invalid(path, file, "conflicting duplicate paths")
            seen.add(file)


def _projected_files(part: Object) -> Iterator[str]:
    for name in ("configMap", "secret", "downwardAPI"):
        for item in (part.get(name) or {}).get("items") or ():
            yield item.get("path", "")
    for name in ("serviceAccountToken", "clusterTrustBundle"):
        if (part.get(name) or {}).get("path"):
            yield part[name]["path"]


def _token(source: Object, path: str) -> Iterator[Cause]:
    seconds = source.get("expirationSeconds", 3600)
    if seconds < 600:
        yield invalid(at(path, "expirationSeconds"), seconds, "may not specify a duration less than 10 minutes")
    elif seconds > 1 << 32:
        yield invalid(at(path, "expirationSeconds"), seconds, "may not specify a duration larger than 2^32 seconds")
    yield from _file_path_causes(source.get("path", ""), at(path, "path"))


def _nfs(source: Object, path: str) -> Iterator[Cause]:
    if source.get("path") and not source["path"].startswith("/"):
        yield invalid(at(path, "path"), source["path"], "must be an absolute path")


def _git(source: Object, path: str) -> Iterator[Cause]:
    yield from _file_path_causes(source.get("directory", ""), at(path, "directory"))


def _csi(source: Object, path: str) -> Iterator[Cause]:
    driver = source.get("driver", "")
    if driver:
        yield from names(at(path, "driver"), driver, dns_subdomain(driver.lower()))
    secret = source.get("nodePublishSecretRef")
    if secret is not None and not secret.get("name"):
        yield required(at(path, "nodePublishSecretRef", "name"))


def _ephemeral(source: Object, path: str) -> Iterator[Cause]:
    template, place = source.get("volumeClaimTemplate"), at(path, "volumeClaimTemplate")
    if template is None:
        yield required(place)
        return
    spec, place = template.get("spec") or {}, at(place, "spec")
    if not spec.get("accessModes"):
        yield required(at(place, "accessModes"), "at least 1 access mode is required")
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if storage is None:
        yield required(under_key(at(place, "resources"), "storage"))
    elif parse_quantity(storage) <= 0:
        yield invalid(under_key(at(place, "resources"), "storage"), storage, "must be greater than zero")
    yield from selector_causes(spec.get("selector"), at(place, "selector"))


_RULES: dict[str, Callable[[Object, str], Iterator[Cause]]] = {
    "configMap": _named_keys,
    "csi": _csi,
    "downwardAPI": _downward,
    "emptyDir": _empty_dir,
    "ephemeral": _ephemeral,
    "gitRepo": _git,
    "hostPath": _host_path,
    "nfs": _nfs,
    "projected": _projected,
    "secret": _secret,
}
