"""Writes planned slices for a service, and keeps a copy that lags behind from making them twice.

Slices get their names from the server, so that a second creation would not be refused: what was made is noted until it is seen.
"""

from collections.abc import Mapping, Sequence

from kubernel.errors import ConflictError, NotFoundError, StatusError
from kubernel.machinery.expectations import Expectations
from kubernel.ports.client import Informer
from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.json import Object
from kubernel.types.pods import is_terminating
from kubernel.types.references import owner_reference
from kubernel.types.well_known import ENDPOINT_SLICES
from kubernel_cluster.endpoints.packing import Plan
from kubernel_cluster.endpoints.wakening import ServiceOfLabel

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
BY_SERVICE = "service"


class SliceWriter:
    """The slices of one controller, which marks them as its own by `endpointslice.kubernetes.io/managed-by`."""

    def __init__(self, context: ControllerContext, controller: str) -> None:
        self._client = context.client
        self._controller = controller
        self._expectations = Expectations(context.clock)
        self._slices: Informer = context.client.informer(ENDPOINT_SLICES, label_selector=self._selector)
        self._slices.add_index(BY_SERVICE, _service_keys)

    @property
    def _selector(self) -> str:
        return f"{MANAGED_BY}={self._controller}"

    def watch(self) -> Watch:
        """What wakes the service of a slice that somebody changed."""
        return Watch(ENDPOINT_SLICES, self._changed, label_selector=self._selector)

    def settled(self, key: str) -> bool:
        """Whether everything that was made is in the copy."""
        return self._expectations.satisfied(key)

    def forget(self, key: str) -> None:
        """The service is gone."""
        self._expectations.forget(key)

    def present(self, key: str, family: str = "") -> list[Object]:
        """The slices of a service (of one address family)."""
        found = self._slices.by_index(BY_SERVICE, key)
        return [s for s in found if not is_terminating(s) and family in ("", s["addressType"])]

    def labels(self, service: Object, others: Mapping[str, str]) -> dict[str, str]:
        """`others`, and those by which slices are found."""
        return {**others, SERVICE_NAME: service["metadata"]["name"], MANAGED_BY: self._controller}

    def apply(self, key: str, owner: Object, changes: Plan) -> None:
        """Write; the slices belong to `owner` and are collected with it."""
        metadata = owner["metadata"]
        namespace = metadata["namespace"]
        for made in changes.create:
            own = {**made["metadata"], "generateName": f"{metadata['name']}-", "namespace": namespace}
            own["ownerReferences"] = [owner_reference(owner)]
            self._expectations.expect_creations(key, 1)
            try:
                self._client.create(ENDPOINT_SLICES, {**made, "metadata": own}, namespace)
            except StatusError:
                self._expectations.creation_observed(key)
                raise
        for changed in changes.update:
            self._client.update(ENDPOINT_SLICES, changed)
        self.remove(changes.delete)

    def remove(self, slices: Sequence[Object]) -> None:
        for gone in slices:
            metadata = gone["metadata"]
            try:
                self._client.delete(ENDPOINT_SLICES, metadata["name"], metadata["namespace"])
            except (NotFoundError, ConflictError):
                # Somebody was faster; whatever is left wakes the service again.
                continue

    def _changed(self, old: Object | None, new: Object | None) -> set[str]:
        keys = set(ServiceOfLabel(SERVICE_NAME)(old, new))
        if old is None:
            for key in keys:
                self._expectations.creation_observed(key)
        return keys


def _service_keys(found: Object) -> Sequence[str]:
    name = (found["metadata"].get("labels") or {}).get(SERVICE_NAME)
    return (f"{found['metadata']['namespace']}/{name}",) if name else ()
