"""Acting as somebody else (`kubectl --as`): the headers of it, and whether the caller may."""

from collections.abc import Mapping
from urllib.parse import unquote

from kubernel.api.authentication import AUTHENTICATED
from kubernel.api.authorization import Authorization, refusal
from kubernel.errors import BadRequestError
from kubernel.ports.auth import Attributes, User

PREFIX = "impersonate-"
USER, GROUP, UID, EXTRA = "impersonate-user", "impersonate-group", "impersonate-uid", "impersonate-extra-"
_SERVICE_ACCOUNT = "system:serviceaccount:"
_ANONYMOUS = "system:anonymous"


def impersonated(user: User, headers: Mapping[str, str], authorization: Authorization) -> User:
    """Whom the request is to be judged as; the caller where nobody else is named.

    :raises ForbiddenError: the caller may not act as that user, or in one of those groups.
    :raises BadRequestError: groups, uid or extra are given without a user.
    """
    name = headers.get(USER, "")
    groups = tuple(group.strip() for group in headers.get(GROUP, "").split(",") if group.strip())
    extra = {unquote(key[len(EXTRA) :]): (value,) for key, value in headers.items() if key.startswith(EXTRA)}
    uid = headers.get(UID, "")
    if not name:
        if groups or extra or uid:
            raise BadRequestError("requested to impersonate groups, uid or extra without impersonating a user")
        return user
    account = name[len(_SERVICE_ACCOUNT) :].partition(":") if name.startswith(_SERVICE_ACCOUNT) else None
    wanted = [
        Attributes(user, "impersonate", resource="serviceaccounts", namespace=account[0], name=account[2])
        if account
        else Attributes(user, "impersonate", resource="users", name=name)
    ]
    wanted += [Attributes(user, "impersonate", resource="groups", name=group) for group in groups]
    kept = "authentication.k8s.io"
    if uid:
        wanted.append(Attributes(user, "impersonate", kept, "v1", "uids", name=uid))
    for key, values in extra.items():
        wanted += [Attributes(user, "impersonate", kept, "v1", "userextras", key, name=value) for value in values]
    for attributes in wanted:
        verdict = authorization.verdict(attributes)
        if not verdict.allowed:
            raise refusal(attributes, verdict.reason)
    return User(name, _groups(name, groups, account), uid, extra)


def _groups(name: str, groups: tuple[str, ...], account: tuple[str, str, str] | None) -> tuple[str, ...]:
    if account and not groups:
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{account[0]}")
    known = "system:unauthenticated" if name == _ANONYMOUS else AUTHENTICATED
    return groups if known in groups else (*groups, known)
