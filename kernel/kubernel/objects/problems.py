"""How what is wrong with an object is put into words: paths, and the sentences that Kubernetes' API uses.

A problem is made where it is found and learns its path while the walk comes back up, so that a good object never pays for a path.
Clients compare these sentences, so they are Kubernetes' own, down to the Go types: `json: cannot unmarshal string into Go struct
field DeploymentSpec.spec.replicas of type int32`.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from kubernel.errors import BadRequestError, Cause
from kubernel.types.json import JSON, Object


class Key(str):
    """A key of a map in a path, as opposed to the name of a field."""

    __slots__ = ()


Step: TypeAlias = str | int


@dataclass(slots=True)
class Problem:
    """Something wrong at a place; `steps` is its path, the innermost step first.

    With `reason` it becomes the cause of an invalid object. With `go_type` it is a value of the wrong type, `text` says which,
    and `struct` is the Go type that has the field. Otherwise `text` is all there is to say.
    """

    text: str
    reason: str = ""
    go_type: str = ""
    struct: str = ""
    steps: list[Step] = field(default_factory=list)

    @property
    def path(self) -> str:
        """`spec.containers[0].foo`, keys of maps after a dot as in a decoder's messages."""
        return "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in reversed(self.steps)).lstrip(".")

    def cause(self) -> Cause:
        """The cause of an invalid object; keys of maps are in brackets."""
        parts = (f"[{s}]" if isinstance(s, int | Key) else f".{s}" for s in reversed(self.steps))
        return Cause(self.reason, self.text, "".join(parts).lstrip("."))

    def type_error(self) -> str:
        """The sentence for a value of the wrong type."""
        if not self.go_type:
            return self.text
        names = ".".join(str(step) for step in reversed(self.steps) if not isinstance(step, int | Key))
        place = f"struct field {self.struct}.{names}" if self.struct else "value"
        return f"json: cannot unmarshal {self.text} into Go {place} of type {self.go_type}"


def climb(problems: list[Problem], start: int, step: Step, struct: str = "") -> None:
    """Add a step to the path of every problem from `start` on; `struct` is the Go type of what the step leads out of."""
    for problem in problems[start:]:
        problem.steps.append(step)
        if struct and not problem.struct:
            problem.struct = struct


def json_word(value: JSON) -> str:
    """What Go calls a JSON value."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "array" if isinstance(value, list) else "object"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded object: a fresh dict without unknown fields and nulls, the type errors, and the paths of unknown fields."""

    object: Object
    type_errors: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def warnings(self) -> list[str]:
        """One sentence per unknown field, as for a `Warning` header."""
        return [f'unknown field "{path}"' for path in self.unknown]

    def accept(self, kind: str, version: str, *, strict: bool = False) -> Object:
        """The object, if it can be handled.

        :param version: without the group.
        :param strict: refuse unknown fields too.
        :raises BadRequestError: a value has the wrong type.
        """
        if self.type_errors:
            raise unreadable(kind, version, self.type_errors[0])
        if strict and self.unknown:
            raise unreadable(kind, version, "strict decoding error: " + ", ".join(self.warnings()))
        return self.object


def unreadable(kind: str, version: str, why: str) -> BadRequestError:
    """The answer to an object that cannot be decoded."""
    return BadRequestError(f'{kind} in version "{version}" cannot be handled as a {kind}: {why}')
