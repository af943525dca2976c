"""Who owns whom: every object of the cluster by uid, with a reverse index from owners to what depends on them.

The graph knows what the informers told it and nothing more; whether an owner that it does not know is really gone, the collector
asks the server.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from kubernel.types.json import Object
from kubernel.types.references import ResourceType

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Owner:
    """One owner reference."""

    api_version: str
    kind: str
    name: str
    uid: str
    blocks: bool

    @classmethod
    def of(cls, reference: Object) -> "Owner":
        blocks = bool(reference.get("blockOwnerDeletion"))
        return cls(reference["apiVersion"], reference["kind"], reference["name"], reference["uid"], blocks)


@dataclass(frozen=True, slots=True)
class Node:
    """One object as it was last seen."""

    uid: str
    resource: ResourceType
    namespace: str
    name: str
    owners: tuple[Owner, ...] = ()
    finalizers: frozenset[str] = field(default_factory=frozenset)
    deleting: bool = False

    @property
    def waits_for_dependents(self) -> bool:
        """Deleted in the foreground: it goes after what depends on it."""
        return self.deleting and FOREGROUND in self.finalizers

    @property
    def lets_dependents_go(self) -> bool:
        """Deleted without what depends on it."""
        return self.deleting and ORPHAN in self.finalizers


def node_of(resource: ResourceType, obj: Object) -> Node:
    metadata = obj["metadata"]
    return Node(
        metadata["uid"],
        resource,
        metadata.get("namespace", ""),
        metadata["name"],
        tuple(Owner.of(reference) for reference in metadata.get("ownerReferences") or ()),
        frozenset(metadata.get("finalizers") or ()),
        metadata.get("deletionTimestamp") is not None,
    )


class Graph:
    """See the module. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nodes: dict[str, Node] = {}
        self._dependents: dict[str, set[str]] = {}

    def put(self, node: Node) -> Node | None:
        """Take an object over as it is now; gives what was known of it."""
        with self._lock:
            before = self._nodes.get(node.uid)
            self._nodes[node.uid] = node
            self._index(node.uid, before, node)
            return before

    def remove(self, uid: str) -> Node | None:
        """The object is gone; gives what was known of it."""
        with self._lock:
            before = self._nodes.pop(uid, None)
            self._index(uid, before, None)
            return before

    def get(self, uid: str) -> Node | None:
        with self._lock:
            return self._nodes.get(uid)

    def dependents(self, uid: str) -> Sequence[Node]:
        """The objects that name this one as an owner."""
        with self._lock:
            return [self._nodes[found] for found in self._dependents.get(uid, ()) if found in self._nodes]

    def _index(self, uid: str, before: Node | None, after: Node | None) -> None:
        old = {owner.uid for owner in before.owners} if before else set()
        new = {owner.uid for owner in after.owners} if after else set()
        for owner in old - new:
            held = self._dependents.get(owner)
            if held is not None:
                held.discard(uid)
                if not held:
                    del self._dependents[owner]
        for owner in new - old:
            self._dependents.setdefault(owner, set()).add(uid)
