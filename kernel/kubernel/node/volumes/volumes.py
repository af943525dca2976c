"""Makes the volumes of a pod, and brings them up to date while it runs.

`emptyDir` is a directory that lives as long as the pod; `hostPath` is the host's own; the rest are files made of what the API
knows, replaced all at once when that changes. Which kinds beyond these there are is for drivers, which this agent does not have
yet, so that such a volume is an error of its pod.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from kubernel.node.environment.downward import PodFacts
from kubernel.node.environment.references import References
from kubernel.node.surroundings import Directories
from kubernel.node.volumes.atomic_directory import write_all
from kubernel.node.volumes.contents import KINDS, VolumeError, volume_files
from kubernel.node.volumes.host_path import host_path
from kubernel.ports.runtime import ContainerConfigError
from kubernel.types.json import Object


class Volumes:
    """See the module."""

    def __init__(self, directories: Directories, references: References) -> None:
        self._directories, self._references = directories, references

    def prepare(self, facts: PodFacts) -> Mapping[str, Path]:
        """Where each volume is on this host. Doing it again brings files up to date.

        :raises VolumeError: one of them cannot be made now; the message names it.
        :raises StatusError: the API cannot be asked.
        """
        paths: dict[str, Path] = {}
        for volume in facts.pod["spec"].get("volumes") or ():
            name = volume["name"]
            try:
                paths[name] = self._prepare(volume, facts)
            except (VolumeError, ContainerConfigError) as error:
                raise VolumeError(f'MountVolume.SetUp failed for volume "{name}" : {error}') from error
            except (OSError, ValueError) as error:  # ValueError: a character that no path can hold
                reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
                raise VolumeError(f'MountVolume.SetUp failed for volume "{name}" : {reason}') from error
        return paths

    def _prepare(self, volume: Object, facts: PodFacts) -> Path:
        root = self._directories.volumes(facts.pod["metadata"]["uid"])
        for kind, directory in KINDS.items():
            if kind in volume:
                path = root / directory / str(volume["name"])
                write_all(path, volume_files(kind, volume[kind] or {}, facts, self._references))
                return path
        if "hostPath" in volume:
            return host_path(volume["hostPath"])
        kinds = [kind for kind in volume if kind != "name"]
        if kinds and kinds != ["emptyDir"]:
            raise VolumeError(f"this node has no driver for volumes of kind {kinds[0]}")
        path = root / "empty-dir" / str(volume["name"])
        if not path.exists():
            path.mkdir(parents=True)
            path.chmod(0o777)
        return path

    def remove(self, uid: str) -> None:
        """The pod is gone: so is everything that was its own."""
        shutil.rmtree(self._directories.pod(uid), ignore_errors=True)


def changes(pod: Object) -> bool:
    """Whether the pod has volumes that may change while it runs."""
    return any(kind in volume for volume in pod["spec"].get("volumes") or () for kind in KINDS)
