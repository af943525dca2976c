"""What the agent remembers of one pod between two looks. All of it may be lost: a new agent finds out what it must know.

One pod is looked at by one thread at a time, which is the only one that touches its memory.
"""

from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kubernel.node.pods.backoff import Backoff
from kubernel.node.probes.actions import Outcome
from kubernel.types.json import Object

RESTART_BASE, RESTART_LIMIT = 10.0, 300.0
RETRY_BASE, RETRY_LIMIT = 2.0, 60.0


@dataclass(frozen=True, slots=True)
class Reason:
    """A CamelCase word and a sentence, as statuses have them."""

    reason: str
    message: str = ""


@dataclass(slots=True)
class Stop:
    """A container on its way out. `deadline` is when it is killed, on the monotonic clock."""

    container_id: str
    name: str
    deadline: float
    signal: int
    hook: "Future[Outcome] | None" = None
    asked: bool = False
    not_before: float = float("-inf")
    """What a shorter grace cannot shorten: the moment that a container has after its hook."""


@dataclass(slots=True)
class Pull:
    """An image on its way in."""

    image: str
    future: "Future[str]"
    since: datetime


@dataclass(slots=True)
class PodMemory:
    """See the module."""

    key: str
    uid: str
    pod: Object
    """As it was last seen."""
    latest: Object | None = None
    """As our own last write left it, which the informer may not have told yet."""
    admitted: bool = False
    failure: Reason | None = None
    """Why the pod as a whole has failed: refused, too slow."""
    waiting: dict[str, Reason] = field(default_factory=dict)
    """Why a container that should run does not."""
    trouble: Reason | None = None
    """Why no container can be started yet."""
    pulls: dict[str, Pull] = field(default_factory=dict)
    pull_failures: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    hooks: dict[str, "Future[Outcome]"] = field(default_factory=dict)
    """postStart hooks, by the container's id."""
    stops: dict[str, Stop] = field(default_factory=dict)
    told: set[tuple[str, str]] = field(default_factory=set)
    """Events that are told once, not at every look."""
    messages: dict[str, str] = field(default_factory=dict)
    """What containers left as their termination message, by id."""
    restarts: Backoff = field(default_factory=lambda: Backoff(RESTART_BASE, RESTART_LIMIT))
    image_retries: Backoff = field(default_factory=lambda: Backoff(RESTART_BASE, RESTART_LIMIT))
    retries: Backoff = field(default_factory=lambda: Backoff(RETRY_BASE, RETRY_LIMIT))
    ending_since: float | None = None
    """When the pod began to end, on the monotonic clock."""
    held: dict[str, float] = field(default_factory=dict)
    """Until when a step that failed is not tried again, on the monotonic clock: a look for another reason comes too early."""
    released: bool = False
    """The API was told that the pod may go."""
    volumes: dict[str, Path] | None = None
    volumes_at: float = float("-inf")
    """When the volumes were last made or brought up to date, on the monotonic clock."""

    def hold(self, what: str, seconds: float, now: float) -> float:
        """Do not try again for so long; gives the seconds."""
        self.held[what] = now + seconds
        return seconds

    def held_for(self, what: str, now: float) -> float:
        """The seconds until the next try, 0 when it may be now."""
        left = self.held.get(what, now) - now
        if left <= 0:
            self.held.pop(what, None)
            return 0.0
        return left

    def once(self, reason: str, about: str) -> bool:
        """True the first time."""
        if (reason, about) in self.told:
            return False
        self.told.add((reason, about))
        return True
