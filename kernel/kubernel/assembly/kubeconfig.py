"""The administrator's kubeconfig, and its merge into the user's own file as `kind` does it.

Only the entries of this cluster's context are touched; everything else in the file stays as it was. A file that cannot be
read as a kubeconfig is left alone and named in the error.
"""

import base64
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernel.assembly.data_directory import write_atomically
from kubernel.assembly.places import home_directory
from kubernel.errors import ConfigurationError
from kubernel.types.json import Object

PATIENCE = 5.0
"""Seconds that another program may take to change the user's file."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a cluster as one user; certificates and key are PEM."""

    context: str
    server: str
    ca: bytes
    certificate: bytes
    key: bytes


def document(access: Access) -> Object:
    """A kubeconfig with one cluster, one user and one context."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": access.context,
                "cluster": {"certificate-authority-data": _base64(access.ca), "server": access.server},
            }
        ],
        "contexts": [{"name": access.context, "context": {"cluster": access.context, "user": access.context}}],
        "current-context": access.context,
        "preferences": {},
        "users": [
            {
                "name": access.context,
                "user": {
                    "client-certificate-data": _base64(access.certificate),
                    "client-key-data": _base64(access.key),
                },
            }
        ],
    }


def users_file() -> Path:
    """The file that kubectl writes to: the first of `$KUBECONFIG`, else `~/.kube/config`."""
    listed = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return Path(listed[0]) if listed else home_directory() / ".kube" / "config"


def write(path: Path, content: Object) -> None:
    """Write a kubeconfig with mode 0600.

    :raises ConfigurationError: the place cannot be written.
    """
    import yaml

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, yaml.safe_dump(content, sort_keys=False))
    except OSError as error:
        raise ConfigurationError(f"cannot write the kubeconfig {path}: {error.strerror}") from error


def merge(path: Path, access: Access) -> None:
    """Put the context into the user's file and make it the current one.

    :raises ConfigurationError: the file is there but not a kubeconfig, or cannot be written; it is left as it was.
    """
    ours = document(access)
    with _alone(path):
        existing = read(path)
        if existing is None:
            write(path, ours)
            return
        for section in ("clusters", "contexts", "users"):
            rest = [entry for entry in existing.get(section) or [] if entry.get("name") != access.context]
            existing[section] = rest + ours[section]
        existing["current-context"] = access.context
        write(path, existing)


def forget(path: Path, context: str) -> None:
    """Take the context out of the user's file again; a no-op when it is not in there."""
    if not path.exists():
        return
    with _alone(path):
        existing = read(path)
        if existing is None or all(entry.get("name") != context for entry in existing.get("contexts") or []):
            return
        for section in ("clusters", "contexts", "users"):
            existing[section] = [entry for entry in existing.get(section) or [] if entry.get("name") != context]
        if existing.get("current-context") == context:
            existing["current-context"] = ""
        write(path, existing)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep others from changing the file meanwhile, by the lock file that kubectl takes for the same purpose.

    :raises ConfigurationError: the lock cannot be had.
    """
    lock = path.with_name(f"{path.name}.lock")
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
            break
        except FileExistsError as error:
            if time.monotonic() > deadline:
                raise ConfigurationError(
                    f"the kubeconfig {path} is locked; if no other program is changing it, remove {lock}"
                ) from error
            time.sleep(0.02)
        except OSError as error:
            raise ConfigurationError(f"cannot write the kubeconfig {path}: {error.strerror}") from error
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def read(path: Path) -> dict[str, Any] | None:
    """A kubeconfig, None when there is none.

    :raises ConfigurationError: it cannot be read or is not one.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read the kubeconfig {path}: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"the kubeconfig {path} is not YAML: {' '.join(str(error).split())}") from error
    if content is None:
        return None
    sections = ("clusters", "contexts", "users")
    if not isinstance(content, dict) or any(
        not isinstance(content.get(section) or [], list)
        or any(not isinstance(entry, dict) for entry in content.get(section) or [])
        for section in sections
    ):
        raise ConfigurationError(f"{path} is not a kubeconfig; move it away, or give another file with --kubeconfig")
    return content


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
