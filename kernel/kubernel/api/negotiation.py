"""Which form an answer takes: read from the Accept header, once for each distinct header.

Clients name several alternatives in one header (`kubectl get` asks for a Table, then for plain JSON; client-go for protobuf,
then JSON); the first that can be given wins. Protobuf is read (see `protobuf`) but never given: 406 where only
that is accepted.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from kubernel.errors import NotAcceptableError

Shape: TypeAlias = Literal["", "Table", "PartialObjectMetadata", "PartialObjectMetadataList"]
MEDIA_TYPES = ("application/json", "application/yaml")
_SHAPES = ("Table", "PartialObjectMetadata", "PartialObjectMetadataList")


@dataclass(frozen=True, slots=True)
class Representation:
    """How an object, a list or a watch is written."""

    media_type: str = "application/json"
    shape: Shape = ""

    @property
    def content_type(self) -> str:
        """What the answer says of itself."""
        if not self.shape:
            return self.media_type
        return f"{self.media_type};as={self.shape};v=v1;g=meta.k8s.io"

    @property
    def yaml(self) -> bool:
        return self.media_type == "application/yaml"


PLAIN = Representation()


@dataclass(frozen=True, slots=True)
class Clause:
    """One alternative of an Accept header."""

    media_type: str
    parameters: dict[str, str]


@lru_cache(maxsize=256)
def clauses(accept: str) -> tuple[Clause, ...]:
    """The alternatives, best first: by `q`, then as they stand."""
    found: list[tuple[float, Clause]] = []
    for part in accept.split(","):
        media_type, *rest = (piece.strip() for piece in part.split(";"))
        parameters = dict(_pair(piece) for piece in rest if piece)
        try:
            quality = float(parameters.pop("q", "1"))
        except ValueError:
            quality = 1.0
        if media_type and quality > 0:
            found.append((-quality, Clause(media_type.lower(), parameters)))
    return tuple(clause for _, clause in sorted(found, key=lambda pair: pair[0]))


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key.strip().lower(), value.strip().strip('"')


def _media_type(asked: str) -> str:
    if asked in ("*/*", "application/*", "application/json"):
        return "application/json"
    if asked in ("application/yaml", "text/yaml", "application/x-yaml"):
        return "application/yaml"
    return ""


@lru_cache(maxsize=256)
def negotiate(accept: str) -> Representation:
    """The form of an object or a list.

    :raises NotAcceptableError: none of the alternatives can be given.
    """
    if not accept:
        return PLAIN
    for clause in clauses(accept):
        media_type = _media_type(clause.media_type)
        shape = clause.parameters.get("as", "")
        if not media_type:
            continue
        if not shape:
            return Representation(media_type)
        group, version = clause.parameters.get("g", ""), clause.parameters.get("v", "")
        if group == "meta.k8s.io" and version == "v1" and shape in _SHAPES:
            return Representation(media_type, shape)  # type: ignore[arg-type]
    raise not_acceptable()


def not_acceptable(types: tuple[str, ...] = MEDIA_TYPES) -> NotAcceptableError:
    """The answer to a client that takes none of what there is."""
    return NotAcceptableError(f"only the following media types are accepted: {', '.join(types)}")
