"""Where volumes appear in a container: mount path, sub-path, read-only."""

from collections.abc import Mapping
from pathlib import Path

from kubernel.node.environment.expansion import expand
from kubernel.ports.runtime import ContainerConfigError, Mount
from kubernel.types.json import Object


def container_mounts(container: Object, volumes: Mapping[str, Path], variables: Mapping[str, str]) -> list[Mount]:
    """The mounts of a container.

    :raises ContainerConfigError: a volume is not there, or a sub-path leads out of it.
    """
    mounts = []
    for wanted in container.get("volumeMounts") or ():
        name = wanted["name"]
        if name not in volumes:
            raise ContainerConfigError(f'cannot find volume "{name}" to mount into container "{container["name"]}"')
        path = volumes[name]
        below = wanted.get("subPath") or expand(wanted.get("subPathExpr") or "", variables)
        if below:
            try:
                path = _below(path, below, name)
            except (OSError, ValueError) as error:  # ValueError: a character that no path can hold
                reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
                raise ContainerConfigError(f"subPath {below[:80]!r} of volume {name!r} cannot be made: {reason}") from error
        mounts.append(Mount(name, str(path), wanted["mountPath"], bool(wanted.get("readOnly"))))
    return mounts


def _below(volume: Path, text: str, name: str) -> Path:
    if text.startswith("/") or ".." in text.split("/"):
        raise ContainerConfigError(f'subPath "{text}" of volume "{name}" must not be absolute and must not contain ".."')
    path = volume / text
    if not path.exists():
        path.mkdir(parents=True)
    # A link that the pod made in its volume must not lead it to other places of the host.
    if not path.resolve().is_relative_to(volume.resolve()):
        raise ContainerConfigError(f'subPath "{text}" of volume "{name}" leads out of the volume')
    return path
