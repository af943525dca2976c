"""How objects and lists are written: as they are, as metadata alone, or as a Table of the kind's columns.

The plain form is the cached bytes: a list is a join of them. Everything else is made from the dict.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from kubernel.api.negotiation import Representation
from kubernel.errors import BadRequestError
from kubernel.ports.resource import Column, ResourceDefinition
from kubernel.registry.requests import Cached, ListAnswer
from kubernel.types.json import JSON, Object

_META = "meta.k8s.io/v1"
_INCLUDES = ("Metadata", "Object", "None")
DEFAULT_COLUMNS = (
    Column("Name", "string", lambda obj, now: obj["metadata"].get("name", ""), "the object's name", format="name"),
    Column(
        "Created At",
        "date",
        lambda obj, now: obj["metadata"].get("creationTimestamp"),
        "when the object was created",
    ),
)


@dataclass(frozen=True, slots=True)
class Form:
    """A representation with everything that the query adds to it: what selects one rendering of an object."""

    representation: Representation
    include: str = "Metadata"
    pretty: bool = False

    @property
    def plain(self) -> bool:
        """The cached bytes are the answer."""
        return not self.representation.shape and not self.representation.yaml and not self.pretty


def include_object(asked: str) -> str:
    """:raises BadRequestError: not one of None, Metadata, Object."""
    if asked and asked not in _INCLUDES:
        raise BadRequestError(f'unrecognized includeObject value: "{asked}"')
    return asked or "Metadata"


def partial(obj: Object) -> Object:
    """The object's metadata alone."""
    return {"kind": "PartialObjectMetadata", "apiVersion": _META, "metadata": obj["metadata"]}


def column_definitions(columns: Sequence[Column]) -> list[Object]:
    """The head of a Table."""
    return [
        {"name": c.name, "type": c.type, "format": c.format, "description": c.description, "priority": c.priority}
        for c in columns
    ]


class Renderer:
    """Renders the objects of one kind."""

    def __init__(self, definition: ResourceDefinition, form: Form, now: Callable[[], datetime]) -> None:
        self._definition, self._form, self._now = definition, form, now
        self._shape = form.representation.shape
        self._columns = definition.columns or DEFAULT_COLUMNS

    @property
    def cheap(self) -> bool:
        """A list of any length may be rendered on the loop."""
        return self._form.plain

    def object(self, encoded: bytes, obj: Callable[[], Object]) -> bytes:
        """One object; `obj` gives its dict if it is needed."""
        if self._form.plain:
            return encoded
        if not self._shape and not self._form.pretty:
            return self._finish(orjson.loads(encoded))
        return self._finish(self._shaped(obj()))

    def cached(self, cached: Cached) -> bytes:
        """One object of a cache."""
        return self.object(cached.encoded, cached.peek)

    def event_object(self, cached: Cached) -> bytes:
        """One object in an event of a watch: always one line of JSON."""
        if not self._shape:
            return cached.encoded
        return orjson.dumps(self._shaped(cached.peek()))

    def bookmark(self, revision: int, annotations: Object | None = None) -> bytes:
        """The object of a bookmark: nothing but the revision."""
        resource = self._definition.resource
        metadata: Object = {"resourceVersion": str(revision)}
        if annotations:
            metadata["annotations"] = annotations
        obj = {"kind": self._definition.kind, "apiVersion": resource.api_version, "metadata": metadata}
        if self._shape == "Table":
            table = self._table([], {"resourceVersion": str(revision)})
            if annotations:
                table["rows"] = [{"cells": [], "object": partial(obj)}]
            return orjson.dumps(table)
        return orjson.dumps(partial(obj) if self._shape else obj)

    def list(self, answer: ListAnswer) -> bytes:
        """A list."""
        metadata: Object = {"resourceVersion": str(answer.revision)}
        if answer.continue_token:
            metadata["continue"] = answer.continue_token
            if answer.remaining is not None:
                metadata["remainingItemCount"] = answer.remaining
        if self._form.plain:
            head = {"kind": self._definition.list_kind, "apiVersion": self._definition.resource.api_version, "metadata": metadata}
            encoded = [cached.encoded for cached in answer.items]
            return b"".join((orjson.dumps(head)[:-1], b',"items":[', b",".join(encoded), b"]}\n"))
        if self._shape == "Table":
            now = self._now()
            return self._finish(self._table([self._row(cached.peek(), now) for cached in answer.items], metadata))
        items = [cached.peek() for cached in answer.items]
        if self._shape:
            partials = [partial(obj) for obj in items]
            return self._finish(
                {"kind": "PartialObjectMetadataList", "apiVersion": _META, "metadata": metadata, "items": partials}
            )
        api_version = self._definition.resource.api_version
        return self._finish({"kind": self._definition.list_kind, "apiVersion": api_version, "metadata": metadata, "items": items})

    def _shaped(self, obj: Object) -> Object:
        if self._shape == "Table":
            metadata = obj["metadata"]
            return self._table([self._row(obj, self._now())], {"resourceVersion": metadata.get("resourceVersion", "")})
        return partial(obj) if self._shape else obj

    def _table(self, rows: Sequence[Object], metadata: Object) -> Object:
        return {
            "kind": "Table",
            "apiVersion": _META,
            "metadata": metadata,
            "columnDefinitions": column_definitions(self._columns),
            "rows": rows,
        }

    def _row(self, obj: Object, now: datetime) -> Object:
        row: Object = {"cells": [column.cell(obj, now) for column in self._columns]}
        if self._form.include == "Object":
            row["object"] = obj
        else:
            row["object"] = partial(obj) if self._form.include == "Metadata" else None
        return row

    def _finish(self, value: JSON) -> bytes:
        if self._form.representation.yaml:
            from kubernel.api.yaml_codec import write_yaml

            return write_yaml(value)
        option = orjson.OPT_APPEND_NEWLINE
        return orjson.dumps(value, option=option | orjson.OPT_INDENT_2 if self._form.pretty else option)
