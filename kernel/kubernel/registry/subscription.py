"""Following a cache: who is told, and how it begins without a gap or a repetition."""

from collections.abc import Sequence
from typing import Protocol

from kubernel.errors import Cause, ExpiredError, RequestTimeoutError
from kubernel.registry.requests import Cached, CacheEvent


class Subscriber(Protocol):
    """Who follows a cache. Called under the cache's lock, in revision order: hand the work over and return."""

    def events(self, events: Sequence[CacheEvent], revision: int) -> None:
        """Changes, and the revision up to which everything has been seen (events may be empty: progress)."""

    def failed(self, error: Exception) -> None:
        """The cache lost the store's history and starts anew: the watch must end, its client lists again."""


class Subscription(Protocol):
    """A running subscription."""

    initial: Sequence[Cached]
    backlog: Sequence[CacheEvent]
    revision: int

    def close(self) -> None:
        """Nothing is delivered after this returns. Closing twice is a no-op."""


class Source(Protocol):
    """What a subscription leaves when it is closed: a cache."""

    def unsubscribe(self, subscription: "CacheSubscription") -> None: ...


class CacheSubscription:
    """A `Subscription` to one cache."""

    __slots__ = ("_source", "backlog", "initial", "revision", "subscriber")

    def __init__(
        self,
        source: Source,
        subscriber: Subscriber,
        initial: Sequence[Cached],
        backlog: Sequence[CacheEvent],
        revision: int,
    ) -> None:
        self._source = source
        self.subscriber = subscriber
        self.initial = initial
        self.backlog = backlog
        self.revision = revision

    def close(self) -> None:
        self._source.unsubscribe(self)


def too_old(asked: int, oldest: int) -> ExpiredError:
    """The answer to a watch from before the window."""
    return ExpiredError(f"too old resource version: {asked} ({oldest})")


def too_large(asked: int, current: int) -> RequestTimeoutError:
    """The answer to a resource version that was not given out yet."""
    cause = Cause("ResourceVersionTooLarge", "Too large resource version", "")
    return RequestTimeoutError(f"Too large resource version: {asked}, current: {current}", causes=[cause], retry_after=1)
