"""A control loop: it says what it watches, and brings one key at a time to its wanted state.

The kernel's machinery does the rest: informers, the queue (one key is never worked on twice at a time), retry with
back-off when `sync` raises, leader election, shutdown.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from kubernel.ports.client import Client
from kubernel.ports.clock import Clock
from kubernel.types.json import JSON, Object
from kubernel.types.references import ResourceType, controller_of, key_of


def own_key(old: Object | None, new: Object | None) -> Iterable[str]:
    """The changed object's own key: the default mapping of a `Watch`."""
    changed = new or old
    return (key_of(changed),) if changed else ()


def owner_key(kind: str) -> Callable[[Object | None, Object | None], Iterable[str]]:
    """A mapping to the key of the controlling owner of the given kind, both of the old and of the new object."""

    def keys(old: Object | None, new: Object | None) -> Iterable[str]:
        found = set()
        for obj in (old, new):
            owner = controller_of(obj) if obj else None
            if obj and owner and owner["kind"] == kind:
                found.add(f"{obj['metadata']['namespace']}/{owner['name']}")
        return found

    return keys


@dataclass(frozen=True, slots=True)
class Watch:
    """A resource whose changes wake the controller, and which keys a change concerns."""

    resource: ResourceType
    keys: Callable[[Object | None, Object | None], Iterable[str]] = own_key
    label_selector: str = ""
    field_selector: str = ""


class EventRecorder(Protocol):
    """Writes Events about objects: repeated ones are counted, not written again; never blocks, never raises."""

    def event(self, regarding: Object, type: str, reason: str, message: str, *, action: str = "") -> None:
        """`type` is Normal or Warning, `reason` a CamelCase word, `message` a sentence for people."""


Together: TypeAlias = Callable[[Sequence[Callable[[], None]]], None]
"""Makes independent calls side by side and returns when all are done; the calls deal with their own errors."""


def in_turn(calls: Sequence[Callable[[], None]]) -> None:
    """The simplest `Together`: one call after the other."""
    for call in calls:
        call()


@dataclass(frozen=True, slots=True)
class ControllerContext:
    """What a controller is built with."""

    client: Client
    recorder: EventRecorder
    clock: Clock
    enqueue: Callable[[str, float], None]
    """Ask for a `sync` of a key after so many seconds (0: now)."""
    options: Mapping[str, JSON] = field(default_factory=dict)
    """The controller's part of the configuration."""
    together: Together = in_turn
    """For many writes at once, which a store commits in one go when they come side by side."""


class Controller(Protocol):
    """One control loop. `sync` may run on several threads at a time, each with another key."""

    @property
    def name(self) -> str: ...

    def watches(self) -> Sequence[Watch]:
        """What wakes this controller; the informers behind it are synced before the first `sync`."""

    def sync(self, key: str) -> float | None:
        """Look at the present state, act, write status; idempotent. Gives the seconds until the next look, or None.

        Raising anything retries with back-off; a `ConflictError` retries quietly.
        """


ControllerFactory = Callable[[ControllerContext], Controller]
