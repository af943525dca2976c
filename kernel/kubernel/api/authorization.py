"""May they: `system:masters` may do everything, everyone may ask after health and version, plugins judge the rest.

When nobody has an opinion the request is refused.
"""

from collections.abc import Sequence

from kubernel.api.request_info import RequestInfo
from kubernel.errors import ForbiddenError, qualified
from kubernel.ports.auth import Attributes, Authorizer, User, Verdict

MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"
_PUBLIC = ("/healthz", "/livez", "/readyz", "/version")
_DISCOVERY = ("/", "/api", "/apis", "/openapi")


class MastersAuthorizer:
    """`system:masters` may do everything."""

    def authorize(self, attributes: Attributes) -> Verdict | None:
        return Verdict(True) if MASTERS in attributes.user.groups else None


class PublicPathsAuthorizer:
    """Health and version are for everyone, discovery for everyone who is known, and everyone known may ask about themselves."""

    def authorize(self, attributes: Attributes) -> Verdict | None:
        if not attributes.path:
            asks_self = attributes.resource in ("selfsubjectreviews", "selfsubjectaccessreviews")
            known = AUTHENTICATED in attributes.user.groups
            return Verdict(True) if asks_self and known and attributes.verb == "create" else None
        if attributes.verb not in ("get", "head"):
            return None
        path = attributes.path.rstrip("/") or "/"
        if _under(path, _PUBLIC):
            return Verdict(True)
        if AUTHENTICATED in attributes.user.groups and (path == "/" or _under(path, _DISCOVERY[1:])):
            return Verdict(True)
        return None


def _under(path: str, roots: Sequence[str]) -> bool:
    return any(path == root or path.startswith(root + "/") for root in roots)


class Authorization:
    """Asks the authorizers in order."""

    def __init__(self, authorizers: Sequence[Authorizer]) -> None:
        self._authorizers = tuple(authorizers)

    def verdict(self, attributes: Attributes) -> Verdict:
        for authorizer in self._authorizers:
            verdict = authorizer.authorize(attributes)
            if verdict is not None:
                return verdict
        return Verdict(False)

    def check(self, user: User, info: RequestInfo) -> None:
        """:raises ForbiddenError: the user may not."""
        if MASTERS in user.groups:  # most requests: no attributes are made for them
            return
        attributes = attributes_of(user, info)
        verdict = self.verdict(attributes)
        if not verdict.allowed:
            raise refusal(attributes, verdict.reason)


def attributes_of(user: User, info: RequestInfo) -> Attributes:
    """What authorizers judge."""
    if not info.is_resource:
        return Attributes(user, info.verb, path=info.path)
    return Attributes(user, info.verb, info.group, info.version, info.resource, info.subresource, info.namespace, info.name)


def refusal(attributes: Attributes, reason: str = "") -> ForbiddenError:
    """The answer to a user who may not, in the words that clients know."""
    who = f'User "{attributes.user.name}" cannot {attributes.verb}'
    tail = f": {reason}" if reason else ""
    if attributes.path:
        return ForbiddenError(f'forbidden: {who} path "{attributes.path}"{tail}')
    resource = f"{attributes.resource}/{attributes.subresource}" if attributes.subresource else attributes.resource
    where = f' in the namespace "{attributes.namespace}"' if attributes.namespace else " at the cluster scope"
    subject = qualified(attributes.resource, attributes.group)
    if attributes.name:
        subject += f' "{attributes.name}"'
    message = f'{subject} is forbidden: {who} resource "{resource}" in API group "{attributes.group}"{where}{tail}'
    return ForbiddenError(message, group=attributes.group, kind=attributes.resource, name=attributes.name)
