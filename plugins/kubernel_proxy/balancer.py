"""Which backend the next client gets: in turn, so that three requests meet three pods, but past one that is overloaded.

A plain rotation is fair for many short connections and unfair when some last for hours; counting connections is fair for
those but costs a search. Here the rotation's next two candidates are compared, which costs the same for three backends and
for three thousand.
"""

from collections.abc import Callable, Collection, Sequence

from kubernel.ports.proxy import Backend

SUSPECT_SECONDS = 1.0
"""How long a backend that refused a connection is asked only when all others have refused too."""


class Endpoint:
    """A backend with what is known of it on this node; it outlives changes of its rule for as long as it has connections."""

    __slots__ = ("address", "connections", "failed_at", "port")

    def __init__(self, address: str, port: int) -> None:
        self.address, self.port = address, port
        self.connections = 0
        self.failed_at = float("-inf")


class Balancer:
    """Chooses among the ready backends of one rule. Used from the loop's thread alone."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._endpoints: dict[tuple[str, int], Endpoint] = {}
        self._ring: list[Endpoint] = []
        self._ready: frozenset[Endpoint] = frozenset()
        self._next = 0
        self._affinity_seconds = 0
        self._stuck: dict[str, tuple[Endpoint, float]] = {}

    def update(self, backends: Sequence[Backend], affinity_seconds: int) -> None:
        """Take over a new set of backends; those that stay keep their counts and their faithful clients."""
        wanted: dict[tuple[str, int], Endpoint] = {}
        ring: list[Endpoint] = []
        for backend in backends:
            key = (backend.address, backend.port)
            if key in wanted:
                continue
            endpoint = wanted[key] = self._endpoints.get(key) or Endpoint(*key)
            if backend.ready:
                ring.append(endpoint)
        self._endpoints, self._ring = wanted, ring
        self._next = self._next % len(ring) if ring else 0
        self._affinity_seconds = affinity_seconds
        self._ready = frozenset(ring)
        kept = self._stuck.items() if affinity_seconds else ()
        self._stuck = {client: (endpoint, used) for client, (endpoint, used) in kept if endpoint in self._ready}

    @property
    def serving(self) -> bool:
        """Whether anybody can be chosen."""
        return bool(self._ring)

    def has(self, endpoint: Endpoint) -> bool:
        """Whether the endpoint is one of the ready ones."""
        return endpoint in self._ready

    def choose(self, client: str, tried: Collection[Endpoint] = ()) -> Endpoint | None:
        """The backend for a client's new connection, None when every ready one is among `tried`."""
        if not self._ring:
            return None
        if not self._affinity_seconds:
            return self._in_turn(tried)
        now = self._monotonic()
        self._forget_before(now - self._affinity_seconds)
        known = self._stuck.pop(client, None)
        endpoint = known[0] if known and known[0] not in tried else self._in_turn(tried)
        if endpoint is not None:
            self._stuck[client] = (endpoint, now)
        return endpoint

    def failed(self, endpoint: Endpoint) -> None:
        """A connection was refused: ask the others first for a moment."""
        endpoint.failed_at = self._monotonic()

    def _forget_before(self, moment: float) -> None:
        """The clients are in the order of their last use, so the stale ones stand in front."""
        while self._stuck:
            client, (_, used) = next(iter(self._stuck.items()))
            if used > moment:
                return
            del self._stuck[client]

    def _in_turn(self, tried: Collection[Endpoint]) -> Endpoint | None:
        fresh_since = self._monotonic() - SUSPECT_SECONDS
        size, start = len(self._ring), self._next
        found: list[int] = []
        suspect: int | None = None
        for step in range(size):
            index = (start + step) % size
            endpoint = self._ring[index]
            if endpoint in tried:
                continue
            if endpoint.failed_at > fresh_since:
                suspect = index if suspect is None else suspect
                continue
            found.append(index)
            if len(found) == 2:
                break
        if not found:
            chosen = suspect
        elif len(found) == 2 and self._ring[found[1]].connections < self._ring[found[0]].connections:
            chosen = found[1]
        else:
            chosen = found[0]
        if chosen is None:
            return None
        self._next = (chosen + 1) % size
        return self._ring[chosen]
