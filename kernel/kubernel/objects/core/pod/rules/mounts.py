"""What containers mount: volumes that exist, at paths of their own."""

from collections.abc import Iterator, Mapping

from kubernel.errors import Cause
from kubernel.objects.causes import at, forbidden, index, invalid, not_found
from kubernel.types.json import Object


def mount_causes(container: Object, volumes: Mapping[str, Object], path: str) -> Iterator[Cause]:
    """What is wrong with a container's `volumeMounts` and `volumeDevices`."""
    devices = container.get("volumeDevices") or ()
    device_names = {device.get("name") for device in devices}
    device_paths = {device.get("devicePath") for device in devices}
    seen: set[str] = set()
    for position, mount in enumerate(container.get("volumeMounts") or ()):
        place = index(at(path, "volumeMounts"), position)
        name, where = mount.get("name", ""), mount.get("mountPath", "")
        if name and name not in volumes:
            yield not_found(at(place, "name"), name)
        if name in device_names:
            yield invalid(at(place, "name"), name, "must not already exist in volumeDevices")
        if where and where in seen:
            yield invalid(at(place, "mountPath"), where, "must be unique")
        if where in device_paths:
            yield invalid(at(place, "mountPath"), where, "must not already exist as a path in volumeDevices")
        seen.add(where)
        yield from _sub_path_causes(mount, place)
        yield from _mode_causes(mount, container, place)
    yield from _device_causes(list(devices), volumes, at(path, "volumeDevices"))


def _sub_path_causes(mount: Object, path: str) -> Iterator[Cause]:
    for name in ("subPath", "subPathExpr"):
        if mount.get(name):
            yield from inside_causes(mount[name], at(path, name))
    if mount.get("subPath") and mount.get("subPathExpr"):
        yield invalid(at(path, "subPathExpr"), mount["subPathExpr"], "subPathExpr and subPath are mutually exclusive")


def inside_causes(value: str, path: str) -> Iterator[Cause]:
    """What is wrong with a path that must lead downwards."""
    if value.startswith("/"):
        yield invalid(path, value, "must be a relative path")
    yield from backstep_causes(value, path)


def backstep_causes(value: str, path: str) -> Iterator[Cause]:
    """That a path does not go upwards."""
    if ".." in value.split("/"):
        yield invalid(path, value, "must not contain '..'")


def _mode_causes(mount: Object, container: Object, path: str) -> Iterator[Cause]:
    privileged = (container.get("securityContext") or {}).get("privileged")
    if mount.get("mountPropagation") == "Bidirectional" and not privileged:
        detail = "Bidirectional mount propagation is available only to privileged containers"
        yield forbidden(at(path, "mountPropagation"), detail)
    if mount.get("recursiveReadOnly", "Disabled") == "Disabled":
        return
    if not mount.get("readOnly"):
        yield forbidden(at(path, "recursiveReadOnly"), "may only be specified when readOnly is true")
    if mount.get("mountPropagation", "None") != "None":
        yield forbidden(at(path, "recursiveReadOnly"), "may only be specified when mountPropagation is None or not specified")


def _device_causes(devices: list[Object], volumes: Mapping[str, Object], path: str) -> Iterator[Cause]:
    names_seen: set[str] = set()
    paths_seen: set[str] = set()
    for position, device in enumerate(devices):
        place = index(path, position)
        name, where = device.get("name", ""), device.get("devicePath", "")
        if name and name in names_seen:
            yield invalid(at(place, "name"), name, "must be unique")
        if name and name not in volumes:
            yield not_found(at(place, "name"), name)
        elif name and not ("persistentVolumeClaim" in volumes[name] or "ephemeral" in volumes[name]):
            detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
            yield invalid(at(place, "name"), name, detail)
        if where and where in paths_seen:
            yield invalid(at(place, "devicePath"), where, "must be unique")
        yield from backstep_causes(where, at(place, "devicePath"))
        names_seen.add(name)
        paths_seen.add(where)
