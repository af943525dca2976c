"""Which kinds there are: the table of resource definitions that the API, the client and the pipeline look up.

It is built once from what the plugins registered and does not change, so that looking up needs no lock. Groups keep the order
in which they were registered, the core group first; versions within a group are ordered as Kubernetes orders them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from kubernel.errors import NotFoundError
from kubernel.ports.resource import ResourceDefinition
from kubernel.types.references import ResourceType

_VERSION = re.compile(r"^v(\d+)(?:(alpha|beta)(\d+))?$")


class ResourceTable:
    """Resource definitions by what names them."""

    def __init__(self, definitions: Iterable[ResourceDefinition]) -> None:
        self._by_type: dict[ResourceType, ResourceDefinition] = {}
        self._by_path: dict[tuple[str, str, str], ResourceDefinition] = {}
        self._by_kind: dict[tuple[str, str, str], ResourceDefinition] = {}
        for definition in definitions:
            resource = definition.resource
            if resource in self._by_type:
                raise ValueError(f"resource {resource} of version {resource.version} is defined twice")
            self._by_type[resource] = definition
            self._by_path[resource.group, resource.version, resource.plural] = definition
            self._by_kind[resource.group, resource.version, definition.kind] = definition
        for definition in self._by_type.values():
            if definition.stored_as is not None and definition.stored_as not in self._by_type:
                raise ValueError(f"{definition.resource} is stored as {definition.stored_as}, which is not defined")
        found = list(dict.fromkeys(resource.group for resource in self._by_type))
        self._groups = tuple(sorted(found, key=lambda group: group != ""))
        self._versions = {group: self._ordered(group) for group in self._groups}

    def _ordered(self, group: str) -> tuple[str, ...]:
        versions = {resource.version for resource in self._by_type if resource.group == group}
        return tuple(sorted(versions, key=version_rank))

    def find(self, group: str, version: str, plural: str) -> ResourceDefinition:
        """What a URL path names.

        :raises NotFoundError: there is no such resource.
        """
        try:
            return self._by_path[group, version, plural]
        except KeyError:
            raise no_such_resource() from None

    def definition(self, resource: ResourceType) -> ResourceDefinition:
        """:raises NotFoundError: there is no such resource."""
        try:
            return self._by_type[resource]
        except KeyError:
            raise no_such_resource() from None

    def by_kind(self, group: str, version: str, kind: str) -> ResourceDefinition | None:
        """The resource whose objects are of this kind, if there is one."""
        return self._by_kind.get((group, version, kind))

    def stored(self, definition: ResourceDefinition) -> ResourceDefinition:
        """The resource under which the objects of a definition are kept: another one for a view, else itself."""
        return self._by_type[definition.stored_as] if definition.stored_as is not None else definition

    def groups(self) -> Sequence[str]:
        """The groups, the most preferred first ("" is the core group)."""
        return self._groups

    def versions(self, group: str) -> Sequence[str]:
        """The versions of a group, the most preferred first; empty for an unknown group."""
        return self._versions.get(group, ())

    def of(self, group: str, version: str) -> Sequence[ResourceDefinition]:
        """The resources of one version of a group, by plural."""
        found = [d for d in self if d.resource.group == group and d.resource.version == version]
        return sorted(found, key=lambda definition: definition.resource.plural)

    def __iter__(self) -> Iterator[ResourceDefinition]:
        return iter(self._by_type.values())

    def __len__(self) -> int:
        return len(self._by_type)

    def __contains__(self, resource: object) -> bool:
        return resource in self._by_type


def no_such_resource() -> NotFoundError:
    """What a path that names no resource answers."""
    return NotFoundError("the server could not find the requested resource")


def version_rank(version: str) -> tuple[int, int, int, str]:
    """A sort key: v2, v1, v1beta2, v1beta1, v1alpha1, then anything else by name."""
    match = _VERSION.match(version)
    if match is None:
        return (3, 0, 0, version)
    stage = {None: 0, "beta": 1, "alpha": 2}[match[2]]
    return (stage, -int(match[1]), -int(match[3] or 0), version)
