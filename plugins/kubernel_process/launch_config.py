"""From a pod's container to the record that the supervisor starts a process from: arguments, environment, user, mounts."""

import os
import pwd
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubernel.ports.runtime import ContainerConfig, ContainerConfigError, Mount
from kubernel_process.images import Image, Reference
from kubernel_process.processes import MARK

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def container_record(
    container_id: str,
    sandbox: Mapping[str, Any],
    config: ContainerConfig,
    reference: Reference,
    image: Image,
    *,
    directory: str,
    extra: Mapping[str, str],
    mount_paths: bool,
) -> dict[str, Any]:
    """Everything that `config.json` of a container holds.

    :param directory: the runtime's own, by which whoever clears up finds what belongs to a node.
    :param extra: the environment that the runtime's configuration gives every container.
    :param mount_paths: whether mounts will appear at their paths.
    :raises ContainerConfigError: the container asks for what cannot be given.
    """
    arguments = image.arguments(config.command, config.args)
    if not arguments:
        raise ContainerConfigError(f'no command specified: neither the container nor image "{config.image}" has one')
    user, group = _user(config)
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{_SYSTEM_PATH}" if reference.name == "python" else _SYSTEM_PATH,
        "HOME": _home(user),
        "HOSTNAME": sandbox["hostname"],
        **extra,
        **image.environment,
        **config.environment,
        # Last, since they say where the process is; a pod that sets them itself would only mislead its own programs.
        "KUBERNEL_POD_IP": sandbox["address"],
        "KUBERNEL_POD_NAME": sandbox["pod_name"],
        "KUBERNEL_NAMESPACE": sandbox["namespace"],
        "KUBERNEL_MOUNT_PATHS": "true" if mount_paths else "false",
        "KUBERNEL_RUNTIME_DIRECTORY": directory,
        MARK: container_id,
    }
    declared = [p for p in config.container.get("ports") or () if p.get("protocol", "TCP") == "TCP"]
    if declared:
        environment["KUBERNEL_CONTAINER_PORT"] = str(declared[0]["containerPort"])
    for mount in config.mounts:
        environment.update(_mount_variables(mount, mount_paths=mount_paths))
    return {
        "id": container_id,
        "sandbox_id": sandbox["id"],
        "name": config.name,
        "attempt": config.attempt,
        "image": config.image,
        "image_id": reference.id,
        "created_at": time.time(),
        "arguments": arguments,
        "environment": environment,
        "working_directory": config.working_directory or image.working_directory,
        "hostname": sandbox["hostname"],
        "log_path": config.log_path,
        "stdin": config.stdin,
        "user": user,
        "group": group,
        "groups": list((config.container.get("securityContext") or {}).get("supplementalGroups") or ()),
        "mounts": [_mount_record(mount) for mount in config.mounts] if mount_paths else [],
    }


def _user(config: ContainerConfig) -> tuple[int | None, int | None]:
    user, group = config.user, config.group
    own = os.geteuid()
    if user is not None and own not in (0, user):
        raise ContainerConfigError(f"container asks for user {user}, but this node is not root and runs all pods as user {own}")
    if group is not None and own != 0 and group not in (os.getegid(), *os.getgroups()):
        raise ContainerConfigError(f"container asks for group {group}, which the node's user {own} is not in")
    context = config.container.get("securityContext") or {}
    if context.get("runAsNonRoot") and (own if user is None else user) == 0:
        raise ContainerConfigError("container has runAsNonRoot and image will run as root")
    if user is not None and group is None and own == 0 and user != 0:
        try:
            group = pwd.getpwuid(user).pw_gid
        except KeyError:
            group = 0
    return user, group


def _home(user: int | None) -> str:
    try:
        return pwd.getpwuid(os.geteuid() if user is None else user).pw_dir
    except KeyError:
        return "/"


def variable_part(name: str) -> str:
    """A name as part of an environment variable's: capitals, digits and underscores."""
    return "".join(c if c.isalnum() else "_" for c in name.strip("/")).upper()


def _mount_variables(mount: Mount, *, mount_paths: bool) -> dict[str, str]:
    """Where a volume is: by its name, and by the path where the pod expects it."""
    where = mount.container_path if mount_paths else mount.host_path
    return {
        f"KUBERNEL_VOLUME_{variable_part(mount.name)}": where,
        f"KUBERNEL_MOUNT_{variable_part(mount.container_path)}": where,
    }


def _mount_record(mount: Mount) -> dict[str, Any]:
    target = os.path.normpath("/" + mount.container_path.lstrip("/"))
    if target == "/":
        raise ContainerConfigError(f"volume {mount.name!r} cannot be mounted at {mount.container_path!r}")
    return {"source": mount.host_path, "target": target, "read_only": mount.read_only}
