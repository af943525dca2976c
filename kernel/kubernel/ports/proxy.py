"""The proxy: makes services' addresses lead to their endpoints on one node."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Backend:
    """One endpoint's address and port; a draining one keeps its connections but gets no new ones."""

    address: str
    port: int
    ready: bool = True
    node_name: str = ""


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port of one service: where it listens, and who answers.

    `addresses` are the cluster and external addresses, `node_port` is 0 where there is none. `affinity_seconds` is 0
    without session affinity. `local_only` keeps the traffic of this rule on this node's endpoints; a service whose traffic from
    inside and from outside follow different policies has two rules.
    """

    namespace: str
    name: str
    port_name: str
    protocol: str
    port: int
    addresses: tuple[str, ...]
    backends: tuple[Backend, ...]
    node_port: int = 0
    affinity_seconds: int = 0
    local_only: bool = False


@dataclass(frozen=True, slots=True)
class ProxyCapabilities:
    """What a proxy can do."""

    protocols: frozenset[str]
    needs_root: bool
    preserves_client_address: bool


@dataclass(frozen=True, slots=True)
class ProxyProblem:
    """A rule that could not be set up on this host, for an event on the service and for the node's condition."""

    service: ServicePort
    message: str


class Proxy(Protocol):
    """Every method may be called from any thread, one call at a time."""

    @property
    def capabilities(self) -> ProxyCapabilities: ...

    def start(self) -> None:
        """Take up work; rules that an earlier run left behind are taken over or removed."""

    def apply(self, ports: Sequence[ServicePort]) -> Sequence[ProxyProblem]:
        """Bring the rules to exactly this state; the same state again is a no-op. Gives what could not be done."""

    def close(self) -> None:
        """Give back every address and rule. Closing twice is a no-op."""
