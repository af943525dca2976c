"""Security settings: identities in range, profiles complete, no contradictions."""

import re
from collections.abc import Iterator

from kubernel.errors import Cause
from kubernel.objects.causes import at, duplicate, index, invalid, required
from kubernel.types.json import Object

ID_RANGE = "must be between 0 and 2147483647, inclusive"
_MAX_ID = 2**31 - 1
_SYSCTL = re.compile(r"^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$")
_SYSCTL_RULE = (
    "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
)


def container_security_causes(context: Object, path: str) -> Iterator[Cause]:
    """What is wrong with a container's security context."""
    yield from _identity_causes(context, path)
    yield from _profile_causes(context, path)
    if context.get("allowPrivilegeEscalation") is not False:
        return
    if context.get("privileged"):
        yield invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
    if "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or ()):
        yield invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN")


def pod_security_causes(spec: Object, path: str) -> Iterator[Cause]:
    """What is wrong with a pod's security context, and with the namespaces that it shares with the host."""
    context, place = spec.get("securityContext") or {}, at(path, "securityContext")
    yield from _identity_causes(context, place)
    yield from _profile_causes(context, place)
    for position, group in enumerate(context.get("supplementalGroups") or ()):
        yield from _id_causes(group, index(at(place, "supplementalGroups"), position))
    seen: set[str] = set()
    for position, sysctl in enumerate(context.get("sysctls") or ()):
        where, name = at(index(at(place, "sysctls"), position), "name"), sysctl.get("name", "")
        if name and (len(name) > 253 or not _SYSCTL.match(name)):
            yield invalid(where, name, _SYSCTL_RULE)
        elif name.replace("/", ".") in seen:
            yield duplicate(where, name)
        seen.add(name.replace("/", "."))
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        detail = "ShareProcessNamespace and HostPID cannot both be enabled"
        yield invalid(at(path, "shareProcessNamespace"), True, detail)


def _identity_causes(context: Object, path: str) -> Iterator[Cause]:
    for name in ("runAsUser", "runAsGroup", "fsGroup"):
        if name in context:
            yield from _id_causes(context[name], at(path, name))


def _id_causes(value: int, path: str) -> Iterator[Cause]:
    if not 0 <= value <= _MAX_ID:
        yield invalid(path, value, ID_RANGE)


def _profile_causes(context: Object, path: str) -> Iterator[Cause]:
    for name, word in (("seccompProfile", "seccomp"), ("appArmorProfile", "AppArmor")):
        profile = context.get(name)
        if profile is None:
            continue
        place, local = at(path, name, "localhostProfile"), profile.get("localhostProfile")
        if profile.get("type") == "Localhost" and not local:
            yield required(place, f"must be set when {word} type is Localhost")
        elif profile.get("type") != "Localhost" and local is not None:
            yield invalid(place, local, f"can only be set when {word} type is Localhost")
