"""Collects garbage by owner references, in the three ways that a deletion can ask for.

*Background*: an object whose owners are all gone is deleted. *Foreground*: an owner with the finalizer `foregroundDeletion` waits
for the dependents that block it, which are deleted first. *Orphan*: an owner with the finalizer `orphan` is taken out of its
dependents' references before it goes. Kubernetes' documentation of owners and dependents is the source of the rules.

The keys of the queue are uids. Every kind that can be listed, watched and deleted is followed, its metadata only; discovery is
looked at again from time to time, as kinds come and go.
"""

import threading
from collections.abc import Mapping, Sequence
from functools import partial

from kubernel.client.discovery import preferred
from kubernel.errors import ConflictError, NotFoundError
from kubernel.ports.client import Informer, Preconditions, Propagation, ResourceInfo
from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.json import Object
from kubernel.types.references import ResourceType
from kubernel.types.well_known import EVENTS
from kubernel_cluster.garbage.graph import FOREGROUND, ORPHAN, Graph, Node, Owner, node_of
from kubernel_cluster.garbage.owners import OwnerLookup

DISCOVER = "discover"
DISCOVER_SECONDS = 30.0
UNFOLLOWED = frozenset((EVENTS, ResourceType("events.k8s.io", "v1", "events")))
"""Nothing owns events and they own nothing, but they are the most frequent objects of all."""


class GarbageCollector:
    """A `kubernel.ports.controller.Controller`, by uid."""

    name = "garbage-collector"

    def __init__(self, context: ControllerContext) -> None:
        self._client, self._enqueue = context.client, context.enqueue
        self._graph = Graph()
        self._owners = OwnerLookup(context.client, self._graph, lambda: self._kinds)
        self._kinds: Mapping[tuple[str, str], ResourceInfo] = {}
        self._offered: frozenset[ResourceType] = frozenset()
        self._followed: dict[ResourceType, Informer] = {}
        self._lock = threading.Lock()

    def watches(self) -> Sequence[Watch]:
        """None of the usual kind: an informer is followed for each kind that discovery names."""
        self._discover()
        self._enqueue(DISCOVER, 0)
        return ()

    def sync(self, key: str) -> float | None:
        if key == DISCOVER:
            self._discover()
            return DISCOVER_SECONDS
        if not self._synced():
            # An owner that was not listed yet would look as if it were gone.
            return 0.1
        node = self._graph.get(key)
        if node is None:
            return None
        if node.lets_dependents_go:
            self._orphan_dependents(node)
        elif node.waits_for_dependents:
            self._free_if_alone(node)
        elif not node.deleting and node.owners and not self._owners.all_solid(node):
            self._judge(node)
        return None

    # --- following every kind

    def _synced(self) -> bool:
        """Whether the graph is whole; a kind that went again before its first list came in is not waited for."""
        return all(informer.synced or resource not in self._offered for resource, informer in list(self._followed.items()))

    def _discover(self) -> None:
        """Follow what is new. Also learn the kinds' names, of all versions: owner references may name any of them."""
        resources = self._client.resources()
        kinds: dict[tuple[str, str], ResourceInfo] = {}
        for info in resources:
            if "get" in info.verbs:
                kinds.setdefault((info.type.group, info.kind), info)
        self._kinds = kinds
        followable = preferred(resources, "list", "watch", "delete")
        self._offered = frozenset(info.type for info in followable)
        with self._lock:
            for info in followable:
                if info.type not in self._followed and info.type not in UNFOLLOWED:
                    informer = self._client.informer(info.type, metadata_only=True)
                    self._followed[info.type] = informer
                    informer.add_handler(partial(self._changed, info.type))

    def _changed(self, resource: ResourceType, old: Object | None, new: Object | None) -> None:
        if new is None:
            if old is not None:
                self._gone(old["metadata"]["uid"])
            return
        if old is not None and old["metadata"]["uid"] != new["metadata"]["uid"]:
            # Deleted and made anew under the same name, seen as one change.
            self._gone(old["metadata"]["uid"])
        node = node_of(resource, new)
        before = self._graph.put(node)
        if before == node:
            return
        if node.lets_dependents_go or (node.owners and not node.deleting):
            self._enqueue(node.uid, 0)
        if node.waits_for_dependents:
            self._wake_dependents(node.uid)
            self._enqueue(node.uid, 0)
        former = before.owners if before else ()
        self._wake_owners(set(former) - set(node.owners))

    def _gone(self, uid: str) -> None:
        before = self._graph.remove(uid)
        self._wake_dependents(uid)
        if before is not None:
            self._wake_owners(set(before.owners))

    def _wake_dependents(self, uid: str) -> None:
        for dependent in self._graph.dependents(uid):
            self._enqueue(dependent.uid, 0)

    def _wake_owners(self, owners: set[Owner]) -> None:
        """Owners that wait for a dependent which is theirs no more."""
        for owner in owners:
            known = self._graph.get(owner.uid)
            if known is not None and known.waits_for_dependents:
                self._enqueue(owner.uid, 0)

    # --- what is done

    def _judge(self, node: Node) -> None:
        """Delete an object without owners, or free it from those that are gone while others stay."""
        live = self._live(node)
        if live is None:
            self._gone(node.uid)
            return
        present = node_of(node.resource, live)
        if present.deleting or not present.owners:
            return
        owners = self._owners.classify(present)
        if owners.solid:
            leaving = {owner.uid for owner in (*owners.absent, *owners.waiting)}
            if leaving:
                self._drop_owners(live, node, leaving)
            return
        propagation: Propagation = "Background"
        if owners.waiting and self._graph.dependents(node.uid):
            self._unblock_cycle(node)
            propagation = "Foreground"
        elif ORPHAN in present.finalizers:
            propagation = "Orphan"
        elif FOREGROUND in present.finalizers:
            propagation = "Foreground"
        self._delete(node, propagation, live["metadata"]["resourceVersion"])

    def _delete(self, node: Node, propagation: Propagation, version: str) -> None:
        meant = Preconditions(uid=node.uid, resource_version=version)
        try:
            self._client.delete(node.resource, node.name, node.namespace, propagation=propagation, preconditions=meant)
        except NotFoundError:
            self._gone(node.uid)

    def _unblock_cycle(self, node: Node) -> None:
        """Two objects that wait for each other would wait for ever: what waits below does not block this one any more."""
        for dependent in self._graph.dependents(node.uid):
            if dependent.waits_for_dependents:
                live = self._live(dependent)
                if live is not None:
                    references = [{**r, "blockOwnerDeletion": False} for r in live["metadata"].get("ownerReferences") or ()]
                    self._patch_metadata(dependent, live, {"ownerReferences": references})
                return

    def _free_if_alone(self, node: Node) -> None:
        """Take the finalizer from an owner once no dependent blocks it; else see to the dependents."""
        blocking = [
            dependent
            for dependent in self._graph.dependents(node.uid)
            if any(owner.uid == node.uid and owner.blocks for owner in dependent.owners)
        ]
        if not blocking:
            self._drop_finalizer(node, FOREGROUND)
            return
        for dependent in blocking:
            if not dependent.deleting:
                self._enqueue(dependent.uid, 0)

    def _orphan_dependents(self, node: Node) -> None:
        for dependent in self._graph.dependents(node.uid):
            live = self._live(dependent)
            if live is not None:
                self._drop_owners(live, dependent, {node.uid})
        self._drop_finalizer(node, ORPHAN)

    # --- writing

    def _live(self, node: Node) -> Object | None:
        """The object as the server has it, if it is still the same one."""
        try:
            live = self._client.get(node.resource, node.name, node.namespace)
        except NotFoundError:
            return None
        return live if live["metadata"]["uid"] == node.uid else None

    def _drop_owners(self, live: Object, node: Node, uids: set[str]) -> None:
        references = live["metadata"].get("ownerReferences") or ()
        kept = [reference for reference in references if reference["uid"] not in uids]
        if len(kept) != len(references):
            self._patch_metadata(node, live, {"ownerReferences": kept or None})

    def _drop_finalizer(self, node: Node, finalizer: str) -> None:
        live = self._live(node)
        if live is None:
            return
        finalizers = live["metadata"].get("finalizers") or ()
        if finalizer in finalizers:
            kept = [name for name in finalizers if name != finalizer]
            self._patch_metadata(node, live, {"finalizers": kept or None})

    def _patch_metadata(self, node: Node, live: Object, change: Object) -> None:
        """:raises ConflictError: the object moved on; the key is tried again."""
        patch = {"metadata": {"resourceVersion": live["metadata"]["resourceVersion"], "uid": node.uid, **change}}
        try:
            self._client.patch(node.resource, node.name, patch, node.namespace)
        except NotFoundError as error:
            raise ConflictError(error.message, group=error.group, kind=error.kind, name=error.name) from error
