"""Admission: looks at a write after authorization, may change the object (mutating), may refuse it (validating)."""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from kubernel.ports.auth import User
from kubernel.ports.resource import Reader, ResourceDefinition
from kubernel.types.json import Object

Verb: TypeAlias = Literal["create", "update", "delete", "connect"]


@dataclass(frozen=True, slots=True)
class AdmissionRequest:
    """One write. `new` is None on deletion, `old` is None on creation; `new` may be changed in place by a mutating plugin."""

    verb: Verb
    resource: ResourceDefinition
    namespace: str
    name: str
    subresource: str
    new: Object | None
    old: Object | None
    user: User
    dry_run: bool
    reader: Reader


class Admission(Protocol):
    """One admission plugin. `blocking` tells the server to run the whole request on a thread."""

    @property
    def name(self) -> str: ...

    @property
    def blocking(self) -> bool: ...

    def handles(self, resource: ResourceDefinition, verb: Verb) -> bool:
        """Whether to be asked at all."""

    def mutate(self, request: AdmissionRequest) -> list[str]:
        """Change `request.new` in place; gives warnings for the client. Raises a `StatusError` to refuse."""

    def validate(self, request: AdmissionRequest) -> list[str]:
        """Gives warnings for the client. Raises a `StatusError` to refuse."""
