"""The documents: definitions and paths of many resources put together with apispec, and written as JSON."""

import hashlib
from collections.abc import Sequence

import orjson
from apispec import APISpec
from marshmallow import Schema

from kubernel.objects import fields as f
from kubernel.objects.autoscaling.schema import Scale
from kubernel.objects.meta import KindSchema, ListMeta
from kubernel.objects.openapi import group_path, v3_paths
from kubernel.objects.openapi.paths import READ_TYPES, Operations, References, group_word, patch_reference
from kubernel.objects.openapi.properties import META, V2, V3, Describer, Dialect, Properties
from kubernel.objects.wire import APIResourceList, DeleteOptions, Message, Status, WatchEvent
from kubernel.ports.resource import ResourceDefinition

_TITLE = "kubernel"
_TOKEN = {"BearerToken": {"type": "apiKey", "in": "header", "name": "authorization", "description": "a bearer token"}}


def whole_document(definitions: Sequence[ResourceDefinition], version: str) -> bytes:
    """Version 2: the whole API."""
    document = _Document(V2, definitions, version)
    for definition in definitions:
        document.add(definition)
    return document.bytes()


def group_document(definitions: Sequence[ResourceDefinition], path: str, version: str) -> bytes | None:
    """Version 3: one group version, or None."""
    own = [definition for definition in definitions if group_path(definition) == path.strip("/")]
    if not own:
        return None
    document = _Document(V3, own, version)
    for definition in own:
        document.add(definition)
    return document.bytes()


def index_document(definitions: Sequence[ResourceDefinition], version: str) -> bytes:
    """Version 3: where the documents are."""
    entries = {}
    for path in v3_paths(definitions):
        document = group_document(definitions, path, version) or b""
        digest = hashlib.sha256(document).hexdigest().upper()
        entries[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
    return orjson.dumps({"paths": entries})


def definition_name(definition: ResourceDefinition) -> str:
    """The published name of a kind; one that has none gets its group, turned round, as kinds of strangers do."""
    named = f.definition_of(definition.schema)
    group = ".".join(reversed(definition.resource.group.split(".")))
    return named or f"{group}.{definition.resource.version}.{definition.kind}"


class _Document:
    """One document in the making."""

    def __init__(self, dialect: Dialect, definitions: Sequence[ResourceDefinition], version: str) -> None:
        self._describer = Describer(dialect)
        self._definitions = definitions
        self._versions = list(dict.fromkeys((d.resource.group, d.resource.version) for d in definitions))
        self._groups: set[str] = set()
        self._kinds: dict[str, list[Properties]] = {}
        self._lists: dict[str, Properties] = {}
        self._spec = APISpec(_TITLE, version or "unversioned", dialect.version)
        self._spec.options["security"] = [{"BearerToken": []}]
        self._spec.components.security_scheme("BearerToken", _TOKEN["BearerToken"])

    def add(self, definition: ResourceDefinition) -> None:
        """Add a resource: its kind, its list, its paths."""
        name, list_name = definition_name(definition), f"{definition_name(definition)}List"
        resource = definition.resource
        kinds = self._kinds.setdefault(name, [])
        kinds.append({"group": resource.group, "kind": definition.kind, "version": resource.version})
        self._describer.schemas[name] = definition.schema
        if "list" in definition.verbs:
            self._lists[list_name] = self._list_of(definition, name)
        link = self._describer.dialect.reference
        references = References(
            object=link(name, {}),
            list=link(list_name, {}),
            status=self._describer.reference(Status),
            delete_options=self._describer.reference(DeleteOptions),
            patch=patch_reference(self._describer),
        )
        if "watch" in definition.verbs:
            self._describer.reference(WatchEvent)
        self._discovery_path(definition)
        for path, operations, parameters in Operations(definition, self._describer, references, self._posted).paths():
            self._spec.path(path, operations=operations, parameters=parameters)

    def bytes(self) -> bytes:
        """The finished document."""
        for name, definition in sorted(self._described().items()):
            self._spec.components.schema(name, definition)
        return orjson.dumps(self._spec.to_dict())

    def _described(self) -> dict[str, Properties]:
        """Every definition that is referred to, directly or by another definition."""
        found = dict(self._lists)
        while set(self._describer.schemas) - set(found):
            for name in sorted(set(self._describer.schemas) - set(found)):
                schema = self._describer.schemas[name]
                found[name] = self._describer.describe(schema)
                kinds = self._kinds.get(name) or self._kinds_of(schema)
                if kinds:
                    found[name]["x-kubernetes-group-version-kind"] = kinds
        return {**found, **self._describer.leaves}

    def _list_of(self, definition: ResourceDefinition, name: str) -> Properties:
        resource = definition.resource
        items = {"description": "the objects", "type": "array", "items": self._describer.dialect.reference(name, {})}
        fields = {field: self._describer.describe_field(KindSchema._declared_fields[field]) for field in ("apiVersion", "kind")}
        metadata = self._describer.reference(ListMeta, {"description": "the metadata of the list"})
        return {
            "description": f"A list of {definition.kind} objects.",
            "type": "object",
            "properties": {"apiVersion": fields["apiVersion"], "items": items, "kind": fields["kind"], "metadata": metadata},
            "required": ["items"],
            "x-kubernetes-group-version-kind": [
                {"group": resource.group, "kind": definition.list_kind, "version": resource.version}
            ],
        }

    def _posted(self, subresource: str) -> tuple[Properties, Properties] | None:
        """The kinds that subresources have of their own."""
        from kubernel.objects.core.pod.schema import Binding

        schema: type[Schema] | None = {"scale": Scale, "binding": Binding}.get(subresource)
        return (self._describer.reference(schema), self._kinds_of(schema)[0]) if schema else None

    def _kinds_of(self, schema: type[Schema]) -> list[Properties]:
        """Group, version and kind of what is no resource, from its published name; options belong to every group version."""
        name = f.definition_of(schema)
        if not issubclass(schema, KindSchema | Message | WatchEvent):
            return []
        *_, word, version, kind = name.split(".")
        if schema in (DeleteOptions, WatchEvent):
            return [{"group": group, "kind": kind, "version": served} for group, served in self._versions]
        group = "" if name.startswith(META) or word == "core" else word
        return [{"group": group, "kind": kind, "version": version}]

    def _discovery_path(self, definition: ResourceDefinition) -> None:
        path = f"/{group_path(definition)}/"
        if path in self._groups:
            return
        self._groups.add(path)
        three = self._describer.dialect.three
        link = self._describer.reference(APIResourceList)
        answer = {"content": {media: {"schema": link} for media in READ_TYPES}} if three else {"schema": link}
        word, version = group_word(definition.resource.group), definition.resource.version
        operation: Properties = {
            "description": "the resources of this group version",
            "operationId": f"get{word.title().replace('_', '')}{version.title()}APIResources",
            "tags": [f"{word}_{version}"],
            "responses": {"200": {"description": "OK", **answer}},
        }
        if not three:
            operation.update(consumes=list(READ_TYPES), produces=list(READ_TYPES))
        self._spec.path(path, operations={"get": operation})
