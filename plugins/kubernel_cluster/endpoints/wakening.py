"""Which services a change of a pod concerns, for both endpoint controllers."""

from collections.abc import Iterable

from kubernel.ports.client import Informer
from kubernel.types.json import Object
from kubernel.types.references import key_of
from kubernel_cluster.endpoints.backends import has_pods, says_the_same, selects


class ServicesOfPod:
    """A mapping of `Watch`: the services whose selector matches a pod as it was or as it is."""

    def __init__(self, services: Informer) -> None:
        self._services = services

    def __call__(self, old: Object | None, new: Object | None) -> Iterable[str]:
        if old is not None and new is not None and says_the_same(old, new):
            return ()
        pod = new if new is not None else old
        if pod is None:
            return ()
        seen = [state for state in (old, new) if state is not None]
        return [
            key_of(service)
            for service in self._services.list(pod["metadata"]["namespace"])
            if has_pods(service) and any(selects(service, state) for state in seen)
        ]


class ServiceOfLabel:
    """A mapping of `Watch`: the service that an object's label names, as it was and as it is."""

    def __init__(self, label: str) -> None:
        self._label = label

    def __call__(self, old: Object | None, new: Object | None) -> Iterable[str]:
        found = set()
        for obj in (old, new):
            name = (obj["metadata"].get("labels") or {}).get(self._label) if obj else None
            if obj and name:
                found.add(f"{obj['metadata']['namespace']}/{name}")
        return found
