"""What a request asks for, read off its method, path and query: what authorization, routing and metrics go by.

The rules are those of Kubernetes' API conventions: `/api/VERSION/...` and `/apis/GROUP/VERSION/...`, an optional
`namespaces/NAME` in front of a namespaced resource, then resource, name and subresource.
"""

from dataclasses import dataclass

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "GET": "get", "HEAD": "get", "DELETE": "delete"}
_NAMESPACE_SUBRESOURCES = ("status", "finalize")


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """`verb` is Kubernetes' verb for resources, the lower-case method otherwise. `rest` is what follows a subresource."""

    path: str
    verb: str
    is_resource: bool = False
    group: str = ""
    version: str = ""
    namespace: str = ""
    resource: str = ""
    name: str = ""
    subresource: str = ""
    rest: tuple[str, ...] = ()

    @property
    def long_running(self) -> bool:
        """It may stay for hours, and so does not count as a request under way."""
        return self.verb == "watch" or self.subresource in ("log", "exec", "attach", "portforward", "proxy")


def read_request(method: str, path: str, watching: bool) -> RequestInfo:
    """:param watching: the query says `watch`."""
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) >= 3:
        group, version, parts = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) >= 4:
        group, version, parts = parts[1], parts[2], parts[3:]
    else:
        return RequestInfo(path, method.lower())
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 1:
        namespace = parts[1]
        if len(parts) > 2 and parts[2] not in _NAMESPACE_SUBRESOURCES:
            parts = parts[2:]
    name = parts[1] if len(parts) > 1 else ""
    verb = _VERBS.get(method, method.lower())
    if not name:
        if verb == "get":
            verb = "watch" if watching else "list"
        elif verb == "delete":
            verb = "deletecollection"
    elif watching and verb == "get" and len(parts) == 2:
        verb = "watch"
    subresource = parts[2] if len(parts) > 2 else ""
    return RequestInfo(path, verb, True, group, version, namespace, parts[0], name, subresource, tuple(parts[3:]))


def is_watching(query: str) -> bool:
    """Whether a raw query string asks for a watch."""
    if "watch=" not in query:
        return False
    return any(part in ("watch=1", "watch=true", "watch=True", "watch=t") for part in query.split("&"))
