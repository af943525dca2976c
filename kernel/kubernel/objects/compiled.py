"""A schema, compiled: decode, default, validate, and a view for patches; what the write pipeline and the plugins call.

`compiled(schema)` is cheap to ask again and does no work until a first object comes. The three steps are apart because admission
runs between them. A decoded object is the caller's own; decoding shares nothing with what came in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from marshmallow import Schema

from kubernel.errors import Cause
from kubernel.objects.decoder import UNKNOWN, object_decoder
from kubernel.objects.defaults import object_defaulter
from kubernel.objects.metadata_rules import metadata_causes
from kubernel.objects.nodes import SchemaNode, schema_node
from kubernel.objects.problems import Decoded, Problem, unreadable
from kubernel.objects.validation import object_rule
from kubernel.types.json import JSON, Object
from kubernel.types.names import dns_subdomain

__all__ = ["CompiledSchema", "Decoded", "compiled", "unreadable"]


@dataclass(frozen=True, slots=True)
class CompiledSchema:
    """See the module."""

    schema: type[Schema]

    def decode(self, obj: JSON) -> Decoded:
        """A fresh object with only what the schema knows, plus what was wrong; `Decoded.accept` raises."""
        problems: list[Problem] = []
        try:
            result = object_decoder(self.schema)(obj, problems)
        except RecursionError:
            return Decoded({}, ("json: exceeded max depth",))
        if not problems:
            return Decoded(result)
        errors = tuple(problem.type_error() for problem in problems if problem.reason != UNKNOWN)
        unknown = tuple(problem.path for problem in problems if problem.reason == UNKNOWN)
        return Decoded(result if isinstance(result, dict) else {}, errors, unknown)

    def default(self, obj: Object) -> None:
        """Set the schema's constant defaults, in place."""
        defaulter = object_defaulter(self.schema)
        if defaulter is not None:
            defaulter(obj)

    def validate(
        self,
        obj: Object,
        *,
        name_rule: Callable[[str], list[str]] | None = None,
        namespaced: bool | None = None,
        metadata: bool = True,
    ) -> list[Cause]:
        """What is wrong with a decoded and defaulted object; first its metadata, then the rest in the order of its fields.

        :param name_rule: the names that are allowed; None is an RFC 1123 subdomain.
        :param namespaced: whether a namespace must be there or must not; None does not look.
        :param metadata: False leaves the rules of metadata alone, for what is not a stored object.
        """
        causes = metadata_causes(obj.get("metadata") or {}, name_rule or dns_subdomain, namespaced) if metadata else []
        rule = object_rule(self.schema)
        if rule is not None:
            problems: list[Problem] = []
            rule(obj, problems)
            causes += [problem.cause() for problem in problems]
        return causes

    @property
    def node(self) -> SchemaNode:
        """The view for patches and field ownership."""
        return schema_node(self.schema)


@lru_cache(maxsize=4096)
def compiled(schema: type[Schema]) -> CompiledSchema:
    """The compiled form of a schema; the same one each time."""
    return CompiledSchema(schema)
