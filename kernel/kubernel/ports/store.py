"""The store: bytes under keys, with one increasing revision for the whole of it.

Promises that every store keeps, held by `kubernel.testing.contracts.store`:

- writes are linearizable, and durable when the future of `commit` is done (where `capabilities.durable`);
- a commit is one revision, whole or not at all; revisions increase, and a key's revision is that of its last write;
- a list is one consistent snapshot and carries its revision;
- a watch delivers every change after its revision, once, in revision order, with the previous value where there was one, or
  fails with `CompactedError`; a lost connection resumes or fails, never leaves a gap;
- where `capabilities.embedded`, the changes of a commit are delivered to this process's watches before the commit's future
  is done, and `revision()` and `get()` do not wait on anything.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class StoreCapabilities:
    """What a store can do beyond the common promises."""

    embedded: bool
    """It lives in this process: reads do not wait, and a commit's changes are delivered before its future is done."""
    durable: bool
    """What was acknowledged survives the death of every process and of the machine."""
    max_value_bytes: int
    """Values larger than this are refused with `ValueTooLargeError`."""
    historic_reads: bool
    """`list` can answer for a past revision that is not compacted."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's present (or, in a historic list, past) value; `revision` is that of its last write."""

    key: str
    value: bytes
    revision: int


@dataclass(frozen=True, slots=True)
class Page:
    """Entries in key order at one revision; `remaining` counts those after the last one within the prefix."""

    entries: Sequence[Entry]
    revision: int
    remaining: int = 0


@dataclass(frozen=True, slots=True)
class Put:
    """Write a value. `expected` is the revision that the key must have: 0 for "must not exist", None for "whatever".

    `ttl` is in seconds: the key is deleted that long after its last write, give or take a few seconds.
    """

    key: str
    value: bytes
    expected: int | None = None
    ttl: float | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a key; `expected` as for `Put`, where None also allows the key to be absent already."""

    key: str
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Write nothing, but let the commit fail unless the key is at this revision (0: absent)."""

    key: str
    expected: int


Operation: TypeAlias = Put | Delete | Check


@dataclass(frozen=True, slots=True)
class Change:
    """One key's change in one commit. A deletion has `value` None; `previous` is None where the key did not exist before."""

    kind: Literal["put", "delete"]
    key: str
    value: bytes | None
    revision: int
    previous: bytes | None
    previous_revision: int


class Watcher(Protocol):
    """Who is told of changes. Both methods are called by the store's own thread, one call at a time, and must be short."""

    def changed(self, changes: Sequence[Change], revision: int) -> None:
        """Changes in revision order, never half a commit; the watch has now seen everything up to `revision`.

        Changes may be empty: the revision has gone on by writes outside the prefix (progress).
        """

    def failed(self, error: Exception) -> None:
        """The watch has ended: `CompactedError`, or `StoreUnavailableError` when it cannot be resumed."""


class Watch(Protocol):
    """A running watch."""

    def close(self) -> None:
        """End it; nothing is delivered after this returns, so it waits for a delivery that is going on. Closing twice is a no-op.

        Hold no lock that the watcher takes. From within the watcher's own call it does not wait.
        """


class Store(Protocol):
    """See the module's promises. Every method may be called from any thread."""

    @property
    def capabilities(self) -> StoreCapabilities: ...

    def get(self, key: str) -> Entry | None:
        """The present value, or None."""

    def list(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        """Entries whose key begins with `prefix` and is at or after `start`, in key order, at most `limit` (0: all).

        :param revision: 0 for the present, else the past revision to answer for.
        :raises CompactedError: that revision is gone.
        """

    def commit(self, operations: Sequence[Operation]) -> Future[int]:
        """Apply all operations or none, as one revision, which the future gives. A key may appear once.

        The future fails with `RevisionMismatchError` (nothing was written), `ValueTooLargeError` or
        `StoreUnavailableError`. A commit that writes nothing gives the present revision. One that was cancelled before the
        store took it up is not written.

        :raises ValueError: a key appears twice.
        """

    def watch(self, prefix: str, after_revision: int, watcher: Watcher) -> Watch:
        """Tell `watcher` of every change under `prefix` after that revision, beginning with the past ones.

        A revision that is compacted already is told by `failed`, not raised. Returns at once; the past comes from the store's
        thread, and ends with a call (its changes may be empty) that says up to where everything has been seen.

        :raises StoreUnavailableError: the store is closed.
        """

    def compact(self, revision: int) -> None:
        """Forget the changes up to that revision; the present state is not touched. Compacting twice is a no-op."""

    def revision(self) -> int:
        """The revision of the last commit: a read that sees this revision has seen every earlier acknowledged write."""

    def close(self) -> None:
        """Finish what was accepted, end watches, release everything. Closing twice is a no-op."""
