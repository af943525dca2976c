"""One look at one deployment: its replica sets as they are and as this look has changed them, and the writes it may make."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from kubernel.errors import AlreadyExistsError, StatusError
from kubernel.ports.client import Client, Preconditions
from kubernel.ports.controller import EventRecorder
from kubernel.types.conditions import find_condition
from kubernel.types.json import Object
from kubernel.types.references import controller_of
from kubernel.types.well_known import DEPLOYMENTS, REPLICA_SETS
from kubernel_workloads.deployment import progress, revisions
from kubernel_workloads.deployment.scaling import new_size
from kubernel_workloads.deployment.sets import REVISION, revision_of, split, to_clean_up, wanted, without_hash


class Rollout:
    """See the module. `deployment` and the replica sets are replaced by what the server answers to each write."""

    def __init__(
        self, client: Client, recorder: EventRecorder, deployment: Object, sets: Iterable[Object], now: datetime
    ) -> None:
        self._client, self._recorder = client, recorder
        self.deployment = deployment
        self.now = now
        self.newest, self.old = split(deployment, list(sets))

    @property
    def sets(self) -> list[Object]:
        """All replica sets, the newest last."""
        return [*self.old, self.newest] if self.newest is not None else list(self.old)

    def scale(self, found: Object, size: int) -> bool:
        """Give a replica set its size and note for what; tells whether the size changed."""
        notes = revisions.size_notes(self.deployment)
        annotations = found["metadata"].get("annotations") or {}
        before = wanted(found)
        noted = all(annotations.get(name) == value for name, value in notes.items())
        if before == size and noted:
            return False
        metadata = {**found["metadata"], "annotations": {**annotations, **notes}}
        self._put({**found, "metadata": metadata, "spec": {**found["spec"], "replicas": size}})
        if before != size:
            self._scaled(found["metadata"]["name"], before, size)
        return before != size

    def scale_all(self, found: Iterable[Object], sizes: Mapping[str, int]) -> bool:
        """Give those that are named their sizes; tells whether any changed."""
        changed = [self.scale(s, sizes[s["metadata"]["name"]]) for s in found if s["metadata"]["name"] in sizes]
        return any(changed)

    def ensure_newest(self) -> None:
        """Find or make the replica set of the present template, number it, and note the number on the deployment."""
        revision = revisions.next_revision(self.old)
        if self.newest is None:
            self._create_newest(revision)
        else:
            self._take_up(self.newest, revision)

    def number(self) -> None:
        """As `ensure_newest`, but without making one: for a deployment that is paused, scaled or being recreated."""
        if self.newest is not None:
            self.ensure_newest()

    def clean_up(self) -> None:
        """Delete the empty replica sets that the history has no room for."""
        for found in to_clean_up(self.deployment, self.old):
            metadata = found["metadata"]
            wanted_one = Preconditions(uid=metadata["uid"], resource_version=metadata["resourceVersion"])
            self._client.delete(REPLICA_SETS, metadata["name"], metadata["namespace"], preconditions=wanted_one)
            self.old = [kept for kept in self.old if kept is not found]

    def write_status(self, status: Object) -> None:
        """Write the status if it differs from the present one."""
        if status != (self.deployment.get("status") or {}):
            self.deployment = self._client.update(DEPLOYMENTS, {**self.deployment, "status": status}, subresource="status")

    def set_condition(self, new: Object) -> None:
        """Write one condition."""
        status = self.deployment.get("status") or {}
        self.write_status({**status, "conditions": progress.put(status.get("conditions") or (), new, self.now)})

    # --- within

    def _take_up(self, newest: Object, revision: int) -> None:
        metadata = newest["metadata"]
        present = metadata.get("annotations") or {}
        notes = revisions.annotations_for(self.deployment, present, revision, exists=True)
        wait = int(self.deployment["spec"].get("minReadySeconds") or 0)
        if notes != present or wait != int(newest["spec"].get("minReadySeconds") or 0):
            spec = {**newest["spec"], "minReadySeconds": wait} if wait or "minReadySeconds" in newest["spec"] else newest["spec"]
            newest = self._put({**newest, "metadata": {**metadata, "annotations": notes}, "spec": spec})
        self._note_revision(revision_of(newest))
        if progress.has_deadline(self.deployment) and find_condition(self.deployment, "Progressing") is None:
            message = f'Found new replica set "{metadata["name"]}"'
            self.set_condition(progress.progressing("True", "FoundNewReplicaSet", message))

    def _create_newest(self, revision: int) -> None:
        size = new_size(self.deployment, self.old, None)
        made = revisions.new_replica_set(self.deployment, revision, size)
        name = made["metadata"]["name"]
        existed = False
        try:
            self.newest = self._client.create(REPLICA_SETS, made, made["metadata"]["namespace"])
        except AlreadyExistsError:
            self.newest, existed = self._same_name(made), True
        except StatusError as error:
            self._not_created(name, error)
            raise
        if not existed and size:
            self._scaled(name, 0, size)
        self._note_revision(revision_of(self.newest))
        if not existed and progress.has_deadline(self.deployment):
            self.set_condition(progress.progressing("True", "NewReplicaSetCreated", f'Created new replica set "{name}"'))

    def _same_name(self, made: Object) -> Object:
        """Our own replica set that the cache does not show yet; of somebody else's, the collision is counted."""
        metadata = made["metadata"]
        found = self._client.get(REPLICA_SETS, metadata["name"], metadata["namespace"])
        owner = controller_of(found)
        own = owner is not None and owner["uid"] == self.deployment["metadata"]["uid"]
        if own and without_hash(found["spec"]["template"]) == without_hash(made["spec"]["template"]):
            return found
        status = self.deployment.get("status") or {}
        self.write_status({**status, "collisionCount": int(status.get("collisionCount") or 0) + 1})
        raise AlreadyExistsError.of(REPLICA_SETS.plural, metadata["name"], REPLICA_SETS.group)

    def _not_created(self, name: str, error: StatusError) -> None:
        if any(cause.reason == "NamespaceTerminating" for cause in error.causes):
            return
        message = f'Failed to create new replica set "{name}": {error.message}'
        if progress.has_deadline(self.deployment):
            self.set_condition(progress.progressing("False", "ReplicaSetCreateError", message))
        self._recorder.event(self.deployment, "Warning", "ReplicaSetCreateError", message)

    def _note_revision(self, revision: int) -> None:
        metadata = self.deployment["metadata"]
        if revision_of(self.deployment) != revision:
            patch = {"metadata": {"annotations": {REVISION: str(revision)}, "resourceVersion": metadata["resourceVersion"]}}
            self.deployment = self._client.patch(DEPLOYMENTS, metadata["name"], patch, metadata["namespace"])

    def _put(self, found: Object) -> Object:
        written = self._client.update(REPLICA_SETS, found)
        uid = written["metadata"]["uid"]
        if self.newest is not None and self.newest["metadata"]["uid"] == uid:
            self.newest = written
        self.old = [written if other["metadata"]["uid"] == uid else other for other in self.old]
        return written

    def _scaled(self, name: str, before: int, size: int) -> None:
        direction = "up" if size > before else "down"
        message = f"Scaled {direction} replica set {name} from {before} to {size}"
        self._recorder.event(self.deployment, "Normal", "ScalingReplicaSet", message)
