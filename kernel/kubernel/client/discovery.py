"""What a server offers, read from its discovery documents, the aggregated form or the plain one.

Shapes as in Kubernetes' API: `APIGroupDiscoveryList` (apidiscovery.k8s.io/v2), `APIResourceList`, `APIGroupList`, `APIVersions`.
"""

from collections.abc import Iterable, Iterator, Sequence

from kubernel.ports.client import ResourceInfo
from kubernel.types.json import Object
from kubernel.types.references import ResourceType, split_api_version

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


def is_aggregated(document: Object) -> bool:
    """Whether the server answered in the aggregated form; old ones ignore the wish."""
    return document.get("kind") == "APIGroupDiscoveryList"


def from_aggregated(document: Object) -> Iterator[ResourceInfo]:
    """Every resource of a discovery list, in the server's order of preference."""
    for group in document.get("items") or ():
        name = group["metadata"].get("name", "")
        for version in group.get("versions") or ():
            for resource in version.get("resources") or ():
                kind = (resource.get("responseKind") or {}).get("kind", "")
                yield ResourceInfo(
                    ResourceType(name, version["version"], resource["resource"]),
                    kind,
                    resource.get("scope") == "Namespaced",
                    frozenset(resource.get("verbs") or ()),
                )


def from_resource_list(document: Object) -> Iterator[ResourceInfo]:
    """Every resource of one group version's list, without the subresources."""
    group, version = split_api_version(document["groupVersion"])
    for resource in document.get("resources") or ():
        if "/" not in resource["name"]:
            yield ResourceInfo(
                ResourceType(group, version, resource["name"]),
                resource["kind"],
                bool(resource.get("namespaced")),
                frozenset(resource.get("verbs") or ()),
            )


def preferred(resources: Iterable[ResourceInfo], *verbs: str) -> Sequence[ResourceInfo]:
    """One row per group and plural: the first one that offers all these verbs (servers list the preferred version first)."""
    wanted = frozenset(verbs)
    found: dict[tuple[str, str], ResourceInfo] = {}
    for info in resources:
        if wanted <= info.verbs:
            found.setdefault((info.type.group, info.type.plural), info)
    return list(found.values())
