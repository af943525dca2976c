"""The paths of a resource: which verbs, which parameters, which bodies, in either version of OpenAPI.

Clients look here before they trust the server with a check: kubectl searches the operations of a kind for the `fieldValidation`
parameter, and validates by itself where it finds none.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from kubernel.objects.openapi.properties import META, Describer, Properties
from kubernel.ports.resource import ResourceDefinition

READ_TYPES = ("application/json", "application/yaml")
WATCH_TYPES = (*READ_TYPES, "application/json;stream=watch")
PATCH_TYPES = ("application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json")

_TEXT, _WHOLE, _FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
_QUERY: dict[str, tuple[Properties, str]] = {
    "allowWatchBookmarks": (_FLAG, "send bookmarks, so that a watch can be resumed from a newer resource version"),
    "continue": (_TEXT, "the token of the page before"),
    "dryRun": (_TEXT, "All: do everything but write"),
    "fieldManager": (_TEXT, "who writes, for managedFields"),
    "fieldSelector": (_TEXT, "only objects whose fields match"),
    "fieldValidation": (_TEXT, "what to do about unknown fields: Ignore, Warn or Strict"),
    "force": (_FLAG, "take fields over from other managers; for apply only"),
    "gracePeriodSeconds": (_WHOLE, "seconds for a graceful end"),
    "labelSelector": (_TEXT, "only objects whose labels match"),
    "limit": (_WHOLE, "how many items a page may have"),
    "orphanDependents": (_FLAG, "an older way to say propagationPolicy"),
    "pretty": (_TEXT, "true: indent the answer"),
    "propagationPolicy": (_TEXT, "what becomes of dependents: Orphan, Background or Foreground"),
    "resourceVersion": (_TEXT, "the version to read at, or to watch from"),
    "resourceVersionMatch": (_TEXT, "how resourceVersion is meant: NotOlderThan or Exact"),
    "sendInitialEvents": (_FLAG, "begin a watch with what is there"),
    "timeoutSeconds": (_WHOLE, "when to end a watch"),
    "watch": (_FLAG, "follow changes instead of listing"),
}
_LIST = (
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
    "watch",
)
_WRITE = ("dryRun", "fieldManager", "fieldValidation")
_PATCH = ("dryRun", "fieldManager", "fieldValidation", "force")
_DELETE = ("dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy")
_DELETE_COLLECTION = tuple(sorted({*_DELETE, *_LIST} - {"allowWatchBookmarks", "watch"}))
_CONNECT = {"attach": "Attach", "exec": "Exec", "portforward": "PortForward", "proxy": "Proxy"}


@dataclass(frozen=True, slots=True)
class References:
    """What the operations of one resource refer to: its own kind, its list, and the common types."""

    object: Properties
    list: Properties
    status: Properties
    delete_options: Properties
    patch: Properties
    text: Properties = field(default_factory=lambda: dict(_TEXT))


@dataclass(frozen=True, slots=True)
class Operations:
    """Writes the operations of one resource."""

    definition: ResourceDefinition
    describer: Describer
    references: References
    posted: Callable[[str], tuple[Properties, Properties] | None]
    """For a subresource that takes a kind of its own: the reference to it, and its group, version and kind."""

    def paths(self) -> Iterator[tuple[str, Properties, list[Properties]]]:
        """Each path with its operations and the parameters that they share."""
        resource, verbs = self.definition.resource, set(self.definition.verbs)
        namespaced = self.definition.namespaced
        scope = "Namespaced" if namespaced else ""
        shared = [self._query("pretty"), *([self._in_path("namespace")] if namespaced else [])]
        collection = resource.path("{namespace}" if namespaced else None)
        own = self._collection(verbs, scope)
        if own:
            yield collection, own, shared
        if namespaced and "list" in verbs:
            operation = self._operation("list", "list", "", self.references.list, _LIST, suffix="ForAllNamespaces")
            yield resource.path(), {"get": operation}, [self._query("pretty")]
        item = resource.path("{namespace}" if namespaced else None, "{name}")
        shared = [*shared, self._in_path("name")]
        own = self._item(verbs, scope, self.references.object, self._gvk(), "")
        if "delete" in verbs:
            own["delete"] = self._operation(
                "delete", "delete", scope, self.references.status, _DELETE, body=self.references.delete_options, codes=(200, 202)
            )
        if own:
            yield item, own, shared
        for subresource in self._subresources():
            operations = self._subresource(subresource, scope)
            if operations:
                yield f"{item}/{subresource}", operations, shared

    def _subresources(self) -> list[str]:
        offered = [*self.definition.subresources]
        offered += ["status"] if self.definition.status and "status" not in offered else []
        offered += ["scale"] if self.definition.scale and "scale" not in offered else []
        return sorted(offered)

    def _collection(self, verbs: set[str], scope: str) -> Properties:
        references, found = self.references, {}
        if "list" in verbs:
            found["get"] = self._operation("list", "list", scope, references.list, _LIST)
        if "create" in verbs:
            codes = (200, 201, 202)
            found["post"] = self._operation(
                "create", "post", scope, references.object, _WRITE, body=references.object, codes=codes
            )
        if "deletecollection" in verbs:
            found["delete"] = self._operation(
                "delete",
                "deletecollection",
                f"Collection{scope}",
                references.status,
                _DELETE_COLLECTION,
                body=references.delete_options,
            )
        return found

    def _item(self, verbs: set[str], scope: str, answer: Properties, gvk: Properties, suffix: str) -> Properties:
        found = {}
        common: dict[str, Any] = {"gvk": gvk, "suffix": suffix}
        if "get" in verbs:
            found["get"] = self._operation("read", "get", scope, answer, (), **common)
        if "update" in verbs:
            common["codes"] = (200, 201)
            found["put"] = self._operation("replace", "put", scope, answer, _WRITE, body=answer, **common)
        if "patch" in verbs:
            common["codes"] = (200, 201)
            patch = self.references.patch
            found["patch"] = self._operation("patch", "patch", scope, answer, _PATCH, body=patch, **common)
        return found

    def _subresource(self, name: str, scope: str) -> Properties:
        suffix = name[:1].upper() + name[1:]
        posted = self.posted(name)
        if name in _CONNECT:
            gvk = {**self._gvk(), "kind": f"{self.definition.kind}{_CONNECT[name]}Options"}
            return {
                method: self._operation("connect", "connect", f"{method.title()}{scope}", _TEXT, (), gvk=gvk, suffix=suffix)
                for method in ("get", "post")
            }
        if name == "log":
            return {"get": self._operation("read", "get", scope, _TEXT, (), suffix="Log")}
        if name == "scale" and posted:
            return self._item({"get", "update", "patch"}, scope, posted[0], posted[1], suffix)
        if posted:
            options: dict[str, Any] = {"body": posted[0], "codes": (200, 201, 202), "gvk": posted[1], "suffix": suffix}
            return {"post": self._operation("create", "post", scope, posted[0], _WRITE, **options)}
        verbs = {"update"} if name == "finalize" else {"get", "update", "patch"}
        return self._item(verbs, scope, self.references.object, self._gvk(), suffix)

    def _gvk(self) -> Properties:
        resource = self.definition.resource
        return {"group": resource.group, "kind": self.definition.kind, "version": resource.version}

    def _operation(
        self,
        verb: str,
        action: str,
        scope: str,
        answer: Properties,
        query: tuple[str, ...],
        *,
        body: Properties | None = None,
        codes: tuple[int, ...] = (200,),
        gvk: Properties | None = None,
        suffix: str = "",
    ) -> Properties:
        three = self.describer.dialect.three
        resource = self.definition.resource
        group = group_word(resource.group)
        where = f"{group.title().replace('_', '')}{resource.version.title()}"
        produces = WATCH_TYPES if action == "list" else READ_TYPES
        takes = PATCH_TYPES if action == "patch" else ("*/*",)
        operation: Properties = {
            "operationId": f"{verb}{where}{scope}{self.definition.kind}{suffix}",
            "description": f"{action} {self.definition.kind}{f' ({suffix})' if suffix else ''}",
            "tags": [f"{group}_{resource.version}"],
            "parameters": [self._query(name) for name in query],
            "responses": {
                str(code): {
                    "description": "OK" if code == 200 else "Created" if code == 201 else "Accepted",
                    **({"content": {media: {"schema": answer} for media in produces}} if three else {"schema": answer}),
                }
                for code in codes
            },
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": gvk or self._gvk(),
        }
        if body is not None and three:
            operation["requestBody"] = {"content": {media: {"schema": body} for media in takes}, "required": verb != "delete"}
        elif body is not None:
            operation["parameters"].insert(
                0, {"in": "body", "name": "body", "schema": body, **({"required": True} if verb != "delete" else {})}
            )
        if not three:
            operation["consumes"], operation["produces"] = list(takes), list(produces)
        return operation

    def _query(self, name: str) -> Properties:
        kind, description = _QUERY[name]
        return self._parameter("query", name, description, kind)

    def _in_path(self, name: str) -> Properties:
        which = "the object" if name == "name" else "the namespace"
        return {**self._parameter("path", name, f"name of {which}", _TEXT), "required": True}

    def _parameter(self, place: str, name: str, description: str, kind: Properties) -> Properties:
        kind = {**kind, "uniqueItems": True}
        typed = {"schema": kind} if self.describer.dialect.three else kind
        return {"in": place, "name": name, "description": description, **typed}


def group_word(group: str) -> str:
    """A group as it stands in tags: `core`, `apps`, `rbac_authorization`; operations write it in capitals."""
    return group.removesuffix(".k8s.io").replace(".", "_") or "core"


def patch_reference(describer: Describer) -> Properties:
    """A patch's body: any JSON."""
    describer.leaves[f"{META}.Patch"] = {"description": "A patch, in the form that its media type names.", "type": "object"}
    return describer.dialect.reference(f"{META}.Patch", {})
