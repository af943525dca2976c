"""How to reach a server and who one is there, as kubectl's configuration file says it.

The file's shape is that of Kubernetes' `Config` (client.authentication and kubeconfig documentation): clusters, users and
contexts by name, certificates inline as base64 or as paths relative to the file. Credential plugins (`exec`) are not run.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernel.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """Where the server is and what to show it; certificates and keys as PEM bytes.

    `server_name` is the name to expect in the server's certificate, "" for the host of the URL. `namespace` is the context's.
    """

    server: str
    ca_data: bytes = b""
    client_certificate_data: bytes = b""
    client_key_data: bytes = b""
    token: str = ""
    username: str = ""
    password: str = ""
    insecure: bool = False
    server_name: str = ""
    namespace: str = "default"


def load_kubeconfig(path: Path | str, context: str = "") -> ClientConfig:
    """The configuration of a context, or of the file's current one.

    :raises ConfigurationError: the file cannot be read, is no kubeconfig, or lacks something; the message names the file.
    """
    path = Path(path).expanduser()
    document = _read(path)
    try:
        return _config(document, context, path)
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        raise ConfigurationError(f"kubeconfig {path} is damaged: {error}") from error


def _read(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"kubeconfig {path} cannot be read: {error.strerror or error}") from error
    import yaml  # where it is used: the clients of a cluster of our own are given their configuration, and read no file

    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"kubeconfig {path} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or document.get("kind", "Config") != "Config":
        raise ConfigurationError(f"kubeconfig {path} is not a Config")
    return document


def _config(document: Mapping[str, Any], context: str, path: Path) -> ClientConfig:
    name = context or document.get("current-context") or ""
    if not name:
        raise ConfigurationError(f"kubeconfig {path} names no current-context, and none was asked for")
    chosen = _entry(document, "contexts", "context", name, path)
    cluster = _entry(document, "clusters", "cluster", chosen.get("cluster", ""), path)
    user = _entry(document, "users", "user", chosen["user"], path) if chosen.get("user") else {}
    if not cluster.get("server"):
        raise ConfigurationError(f"kubeconfig {path}: cluster {chosen.get('cluster')!r} has no server")
    if user.get("exec") or user.get("auth-provider"):
        raise ConfigurationError(f"kubeconfig {path}: user {chosen['user']!r} needs a credential plugin, which is not supported")
    return ClientConfig(
        server=str(cluster["server"]).rstrip("/"),
        ca_data=_data(cluster, "certificate-authority", path),
        client_certificate_data=_data(user, "client-certificate", path),
        client_key_data=_data(user, "client-key", path),
        token=_token(user, path),
        username=str(user.get("username") or ""),
        password=str(user.get("password") or ""),
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
        server_name=str(cluster.get("tls-server-name") or ""),
        namespace=str(chosen.get("namespace") or "default"),
    )


def _entry(document: Mapping[str, Any], section: str, field: str, name: str, path: Path) -> Mapping[str, Any]:
    entries: Sequence[Mapping[str, Any]] = document.get(section) or ()
    for entry in entries:
        if entry.get("name") == name:
            found: Mapping[str, Any] = entry.get(field) or {}
            return found
    raise ConfigurationError(f"kubeconfig {path} has no {field} {name!r}")


def _data(holder: Mapping[str, Any], name: str, path: Path) -> bytes:
    """Inline data, which wins as it does for kubectl, or a file beside the kubeconfig."""
    if holder.get(f"{name}-data"):
        try:
            return base64.b64decode(holder[f"{name}-data"], validate=True)
        except binascii.Error as error:
            raise ConfigurationError(f"kubeconfig {path}: {name}-data is not base64: {error}") from error
    return _file(holder[name], name, path) if holder.get(name) else b""


def _token(user: Mapping[str, Any], path: Path) -> str:
    if user.get("token"):
        return str(user["token"])
    return _file(user["tokenFile"], "tokenFile", path).decode().strip() if user.get("tokenFile") else ""


def _file(name: str, what: str, path: Path) -> bytes:
    try:
        return (path.parent / Path(name).expanduser()).read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise ConfigurationError(f"kubeconfig {path}: {what} {name} cannot be read: {reason}") from error
