"""Keeps as many pods as a replica set wants: creates what is missing, deletes what is too much, tells what there is.

The cache may lag behind what was done: expectations hold the number of pods still until the handlers have seen it.
"""

from collections.abc import Iterable, Sequence
from functools import partial

from kubernel.errors import NotFoundError, StatusError
from kubernel.machinery.expectations import Expectations
from kubernel.machinery.slow_start import slow_start
from kubernel.ports.client import Preconditions
from kubernel.ports.controller import ControllerContext, Watch, own_key
from kubernel.types.json import Object
from kubernel.types.pods import is_active, is_finished, is_terminating
from kubernel.types.references import controller_of, key_of, owner_reference
from kubernel.types.selectors import label_selector
from kubernel.types.well_known import PODS, REPLICA_SETS
from kubernel_workloads.ownership import Claim, index_by_controller, owned, resolve
from kubernel_workloads.replicaset.ranking import victims
from kubernel_workloads.replicaset.status import calculate, next_available

BURST = 500
"""At most so many pods are created or deleted in one go."""


class ReplicaSetController:
    """A `kubernel.ports.controller.Controller`."""

    name = "replicaset"

    def __init__(self, context: ControllerContext) -> None:
        self._client, self._recorder, self._clock = context.client, context.recorder, context.clock
        self._together = context.together
        self._expectations = Expectations(context.clock)
        self._sets = context.client.informer(REPLICA_SETS)
        self._pods = context.client.informer(PODS)
        index_by_controller(self._sets)
        index_by_controller(self._pods)

    def watches(self) -> Sequence[Watch]:
        return (Watch(REPLICA_SETS, self._set_changed), Watch(PODS, self._pod_changed))

    def sync(self, key: str) -> float | None:
        replica_set = self._sets.get(key)
        if replica_set is None:
            self._expectations.forget(key)
            return None
        settled = self._expectations.satisfied(key)
        selector = label_selector(replica_set["spec"]["selector"])
        claim = Claim(self._client, replica_set, REPLICA_SETS, PODS, selector)
        active = [pod for pod in claim.of(self._pods, lambda pod: not is_finished(pod)) if is_active(pod)]
        failure: StatusError | None = None
        kind = ""
        if settled and not is_terminating(replica_set):
            kind, failure = self._manage(key, replica_set, active)
        told = (kind, failure.message) if failure else None
        now = self._clock.now()
        self._write_status(replica_set, calculate(replica_set, active, told, now))
        if failure is not None:
            raise failure
        return next_available(replica_set, active, now)

    # --- creating and deleting

    def _manage(self, key: str, replica_set: Object, active: Sequence[Object]) -> tuple[str, StatusError | None]:
        missing = int(replica_set["spec"].get("replicas", 1)) - len(active)
        if missing > 0:
            return "FailedCreate", self._create(key, replica_set, min(missing, BURST))
        if missing < 0:
            return "FailedDelete", self._delete(key, replica_set, active, min(-missing, BURST))
        return "", None

    def _create(self, key: str, replica_set: Object, count: int) -> StatusError | None:
        self._expectations.expect_creations(key, count)
        pod = pod_from_template(replica_set)
        namespace = replica_set["metadata"]["namespace"]

        def create() -> None:
            made = self._client.create(PODS, pod, namespace)
            self._recorder.event(replica_set, "Normal", "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")

        done, failures = slow_start(count, create, together=self._together)
        if done < count:
            self._expectations.creation_observed(key, count - done)
        failures = [error for error in failures if not in_terminating_namespace(error)]
        for error in failures[:1]:
            self._recorder.event(replica_set, "Warning", "FailedCreate", f"Error creating: {error.message}")
        return failures[0] if failures else None

    def _delete(self, key: str, replica_set: Object, active: Sequence[Object], count: int) -> StatusError | None:
        chosen = victims(active, self._related(replica_set), count, self._clock.now())
        self._expectations.expect_deletions(key, [pod["metadata"]["uid"] for pod in chosen])
        failures: list[StatusError] = []

        def delete(pod: Object) -> None:
            metadata = pod["metadata"]
            meant = Preconditions(uid=metadata["uid"])
            try:
                self._client.delete(PODS, metadata["name"], metadata["namespace"], preconditions=meant)
            except NotFoundError:
                self._expectations.deletion_observed(key, metadata["uid"])
            except StatusError as error:
                self._expectations.deletion_observed(key, metadata["uid"])
                self._recorder.event(replica_set, "Warning", "FailedDelete", f"Error deleting: {error.message}")
                failures.append(error)
            else:
                self._recorder.event(replica_set, "Normal", "SuccessfulDelete", f"Deleted pod: {metadata['name']}")

        self._together([partial(delete, pod) for pod in chosen])
        return failures[0] if failures else None

    def _related(self, replica_set: Object) -> list[Object]:
        """The pods of all replica sets under the same controller: a deployment's old and new pods count as one crowd."""
        owner = controller_of(replica_set)
        siblings = owned(self._sets, owner["uid"]) if owner else (replica_set,)
        return [pod for sibling in siblings for pod in owned(self._pods, sibling["metadata"]["uid"])]

    def _write_status(self, replica_set: Object, status: Object) -> None:
        if status != (replica_set.get("status") or {}):
            self._client.update(REPLICA_SETS, {**replica_set, "status": status}, subresource="status")

    # --- what wakes the controller

    def _set_changed(self, old: Object | None, new: Object | None) -> Iterable[str]:
        if old is not None and (new is None or new["metadata"]["uid"] != old["metadata"]["uid"]):
            self._expectations.forget(key_of(old))
        return own_key(old, new)

    def _pod_changed(self, old: Object | None, new: Object | None) -> Iterable[str]:
        keys: set[str] = set()
        before = resolve(self._sets, old, "ReplicaSet") if old else None
        after = resolve(self._sets, new, "ReplicaSet") if new else None
        if before is not None:
            keys.add(key_of(before))
        if after is not None:
            keys.add(key_of(after))
            if old is None:
                self._expectations.creation_observed(key_of(after))
        leaving = new if new is not None and is_terminating(new) else old if new is None else None
        if leaving is not None:
            for key in keys:
                self._expectations.deletion_observed(key, leaving["metadata"]["uid"])
        if new is not None and controller_of(new) is None and not is_terminating(new):
            keys.update(self._candidates(new))
        return keys

    def _candidates(self, pod: Object) -> Iterable[str]:
        labels = pod["metadata"].get("labels")
        if not labels:
            return ()
        sets = self._sets.list(pod["metadata"]["namespace"])
        return [key_of(found) for found in sets if label_selector(found["spec"]["selector"]).matches(labels)]


def pod_from_template(replica_set: Object) -> Object:
    """The pod that a replica set's template describes, without a name yet."""
    template = replica_set["spec"]["template"]
    metadata = template.get("metadata") or {}
    kept = {name: metadata[name] for name in ("labels", "annotations", "finalizers") if metadata.get(name)}
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "generateName": f"{replica_set['metadata']['name']}-",
            "namespace": replica_set["metadata"]["namespace"],
            **kept,
            "ownerReferences": [owner_reference(replica_set)],
        },
        "spec": template["spec"],
    }


def in_terminating_namespace(error: StatusError) -> bool:
    """Whether a creation was refused because the namespace is going: nothing to report, nothing to retry."""
    return any(cause.reason == "NamespaceTerminating" for cause in error.causes)
