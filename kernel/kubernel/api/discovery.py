"""Discovery: what the server offers, in the plain form (`/api`, `/apis`, group and version lists) and in the aggregated one.

The table of resources does not change, so each document is made once, when it is first asked for, with an ETag. Only subresources
that have a route are shown.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson
from flask import Response

from kubernel.api.answers import JSON_TYPE, answer
from kubernel.api.negotiation import clauses, not_acceptable
from kubernel.errors import NotFoundError
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.table import ResourceTable, no_such_resource
from kubernel.types.json import JSON, Object
from kubernel.types.references import ResourceType

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@dataclass(frozen=True, slots=True)
class Subresource:
    """A subresource in discovery: its kind where it differs from its parent's, and what can be done with it."""

    name: str
    verbs: tuple[str, ...]
    group: str = ""
    version: str = ""
    kind: str = ""


SERVED = {
    "log": Subresource("log", ("get",)),
    "binding": Subresource("binding", ("create",), "", "v1", "Binding"),
    "finalize": Subresource("finalize", ("update",)),
}
_STATUS = Subresource("status", ("get", "patch", "update"))
_SCALE = Subresource("scale", ("get", "patch", "update"), "autoscaling", "v1", "Scale")


@dataclass(frozen=True, slots=True)
class Virtual:
    """A resource that is asked and not kept, such as a review of access."""

    resource: ResourceType
    kind: str
    namespaced: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    resource: ResourceType
    kind: str
    singular: str
    namespaced: bool
    verbs: tuple[str, ...]
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[Subresource, ...] = ()


def subresources_of(definition: ResourceDefinition) -> tuple[Subresource, ...]:
    """What discovery shows below a resource, by name."""
    found = [SERVED[name] for name in definition.subresources if name in SERVED]
    if definition.status:
        found.append(_STATUS)
    if definition.scale is not None:
        found.append(_SCALE)
    return tuple(sorted(found, key=lambda subresource: subresource.name))


class Discovery:
    """Answers the discovery paths.

    :param address: `host:port` of this server, for the plain form.
    """

    def __init__(self, table: ResourceTable, virtual: Sequence[Virtual], address: Callable[[], str]) -> None:
        self._table, self._virtual, self._address = table, virtual, address
        self._documents: dict[tuple[str, ...], tuple[bytes, str]] = {}

    def groups(self) -> list[str]:
        """All groups but the core one, in order of preference."""
        found = [group for group in self._table.groups() if group]
        found += [v.resource.group for v in self._virtual if v.resource.group and v.resource.group not in found]
        return list(dict.fromkeys(found))

    def versions(self, group: str) -> list[str]:
        """The versions of a group, the preferred one first; empty for an unknown group."""
        found = list(self._table.versions(group))
        return list(dict.fromkeys(found + [v.resource.version for v in self._virtual if v.resource.group == group]))

    def paths(self) -> list[str]:
        """The paths of groups and versions, for the index of the server."""
        found = ["/api", *(f"/api/{version}" for version in self.versions("")), "/apis"]
        for group in self.groups():
            found += [f"/apis/{group}", *(f"/apis/{group}/{version}" for version in self.versions(group))]
        return found

    def root(self, accept: str, if_none_match: str, *, core: bool) -> Response:
        """`/api` or `/apis`, in the form that is asked for."""
        if self._wants_aggregated(accept):
            name = "aggregated-core" if core else "aggregated"
            return self._answer((name,), lambda: self._aggregated([""] if core else self.groups()), if_none_match, _AGGREGATED)
        return self._answer(("core" if core else "groups",), self._versions if core else self._groups, if_none_match)

    def group(self, group: str, if_none_match: str) -> Response:
        """:raises NotFoundError: there is no such group."""
        if group not in self.groups():
            raise no_such_resource()
        body = {"kind": "APIGroup", "apiVersion": "v1"}
        return self._answer(("group", group), lambda: {**body, **self._group(group)}, if_none_match)

    def resources(self, group: str, version: str, if_none_match: str) -> Response:
        """:raises NotFoundError: there is no such version."""
        if version not in self.versions(group):
            raise NotFoundError("the server could not find the requested resource")
        return self._answer(("resources", group, version), lambda: self._resources(group, version), if_none_match)

    def _wants_aggregated(self, accept: str) -> bool:
        """:raises NotAcceptableError: neither form is accepted."""
        if not accept:
            return False
        for clause in clauses(accept):
            if clause.media_type not in ("application/json", "*/*", "application/*"):
                continue
            kind = clause.parameters.get("as", "")
            if not kind:
                return False
            if kind == "APIGroupDiscoveryList" and clause.parameters.get("v") == "v2":
                return True
        raise not_acceptable((JSON_TYPE, _AGGREGATED))

    def _answer(
        self, key: tuple[str, ...], make: Callable[[], JSON], if_none_match: str, content_type: str = JSON_TYPE
    ) -> Response:
        found = self._documents.get(key)
        if found is None:
            body = orjson.dumps(make())
            found = self._documents[key] = (body, f'"{hashlib.sha256(body).hexdigest().upper()}"')
        body, etag = found
        response = answer(body, 200, content_type) if if_none_match != etag else answer(b"", 304, content_type)
        response.headers["ETag"] = etag
        response.headers["Vary"] = "Accept"
        return response

    # --- the documents

    def _versions(self) -> Object:
        address = [{"clientCIDR": "0.0.0.0/0", "serverAddress": self._address()}]
        return {"kind": "APIVersions", "versions": self.versions(""), "serverAddressByClientCIDRs": address}

    def _groups(self) -> Object:
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [self._group(group) for group in self.groups()]}

    def _group(self, group: str) -> Object:
        versions = [{"groupVersion": f"{group}/{version}", "version": version} for version in self.versions(group)]
        return {"name": group, "versions": versions, "preferredVersion": versions[0]}

    def _rows(self, group: str, version: str) -> list[_Row]:
        rows = [
            _Row(d.resource, d.kind, d.singular_name, d.namespaced, d.verbs, d.short_names, d.categories, subresources_of(d))
            for d in self._table.of(group, version)
        ]
        rows += [
            _Row(v.resource, v.kind, v.kind.lower(), v.namespaced, ("create",))
            for v in self._virtual
            if (v.resource.group, v.resource.version) == (group, version)
        ]
        return sorted(rows, key=lambda row: row.resource.plural)

    def _resources(self, group: str, version: str) -> Object:
        entries: list[Object] = []
        for row in self._rows(group, version):
            entry: Object = {
                "name": row.resource.plural,
                "singularName": row.singular,
                "namespaced": row.namespaced,
                "kind": row.kind,
                "verbs": list(row.verbs),
            }
            if row.short_names:
                entry["shortNames"] = list(row.short_names)
            if row.categories:
                entry["categories"] = list(row.categories)
            digest = hashlib.sha256(f"{row.resource}/{row.resource.version}/{row.kind}".encode()).hexdigest()[:11]
            entry["storageVersionHash"] = f"{digest}="
            entries.append(entry)
            for sub in row.subresources:
                below: Object = {"name": f"{row.resource.plural}/{sub.name}", "singularName": "", "namespaced": row.namespaced}
                if sub.kind:
                    below |= {"group": sub.group, "version": sub.version} if sub.group else {}
                entries.append(below | {"kind": sub.kind or row.kind, "verbs": list(sub.verbs)})
        api_version = f"{group}/{version}" if group else version
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": entries}

    def _aggregated(self, groups: Sequence[str]) -> Object:
        items: list[Object] = []
        for group in groups:
            versions = [
                {
                    "version": version,
                    "resources": [_aggregated_row(row) for row in self._rows(group, version)],
                    "freshness": "Current",
                }
                for version in self.versions(group)
            ]
            metadata: Object = {"name": group} if group else {}
            items.append({"metadata": {**metadata, "creationTimestamp": None}, "versions": versions})
        return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _aggregated_row(row: _Row) -> Object:
    entry: Object = {
        "resource": row.resource.plural,
        "responseKind": {"group": row.resource.group, "version": row.resource.version, "kind": row.kind},
        "scope": "Namespaced" if row.namespaced else "Cluster",
        "singularResource": row.singular,
        "verbs": list(row.verbs),
    }
    if row.short_names:
        entry["shortNames"] = list(row.short_names)
    if row.categories:
        entry["categories"] = list(row.categories)
    if row.subresources:
        entry["subresources"] = [
            {
                "subresource": sub.name,
                "responseKind": {
                    "group": sub.group if sub.kind else row.resource.group,
                    "version": sub.version or row.resource.version,
                    "kind": sub.kind or row.kind,
                },
                "verbs": list(sub.verbs),
            }
            for sub in row.subresources
        ]
    return entry
