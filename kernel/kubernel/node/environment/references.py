"""ConfigMaps and Secrets that pods refer to: read when they are needed, kept for a moment, never all of them.

An agent must not hold a whole cluster's Secrets. So an object is read when a container is about to start, and again when a
volume made of it is older than some seconds. What was read is shared by the pods that use it.
"""

import threading

from kubernel.errors import NotFoundError
from kubernel.ports.client import Client
from kubernel.ports.clock import Clock
from kubernel.types.json import Object
from kubernel.types.references import ResourceType


class References:
    """See the module. Every method may be called from any thread."""

    def __init__(self, client: Client, clock: Clock, seconds: float) -> None:
        self._client, self._clock, self._seconds = client, clock, seconds
        self._lock = threading.Lock()
        self._kept: dict[tuple[ResourceType, str, str], tuple[float, Object | None]] = {}

    def get(self, resource: ResourceType, namespace: str, name: str, *, fresh: bool = False) -> Object | None:
        """The object, or None where there is none.

        :param fresh: ask the API, whatever is kept.
        :raises StatusError: the API cannot be asked.
        """
        key, now = (resource, namespace, name), self._clock.monotonic()
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and not fresh and now - kept[0] < self._seconds:
            return kept[1]
        found: Object | None
        try:
            found = self._client.get(resource, name, namespace)
        except NotFoundError:
            found = None
        with self._lock:
            self._kept[key] = (now, found)
            if len(self._kept) > 512:
                self._forget_old(now)
        return found

    def _forget_old(self, now: float) -> None:
        for key in [key for key, (since, _) in self._kept.items() if now - since >= self._seconds]:
            del self._kept[key]
