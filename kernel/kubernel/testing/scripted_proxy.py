"""A proxy for tests of what drives one: it records every state it is told and says no where the test wants it."""

import threading
from collections.abc import Sequence

from kubernel.ports.proxy import ProxyCapabilities, ProxyProblem, ServicePort


class ScriptedProxy:
    """Carries no bytes. `refusals` maps `namespace/name` of a service to the message of its problem."""

    def __init__(self, protocols: frozenset[str] = frozenset(("TCP", "UDP"))) -> None:
        self._protocols = protocols
        self._changed = threading.Condition()
        self.refusals: dict[str, str] = {}
        self.applied: list[Sequence[ServicePort]] = []
        self.started = self.closed = False

    @property
    def capabilities(self) -> ProxyCapabilities:
        return ProxyCapabilities(self._protocols, needs_root=False, preserves_client_address=False)

    def start(self) -> None:
        self.started = True

    def apply(self, ports: Sequence[ServicePort]) -> Sequence[ProxyProblem]:
        problems: list[ProxyProblem] = []
        holders: dict[tuple[str, str, int], ServicePort] = {}
        for port in ports:
            if port.protocol not in self._protocols:
                problems.append(ProxyProblem(port, f"protocol {port.protocol} is not offered"))
                continue
            if (refusal := self.refusals.get(f"{port.namespace}/{port.name}")) is not None:
                problems.append(ProxyProblem(port, refusal))
                continue
            for address in port.addresses:
                holder = holders.setdefault((port.protocol, address, port.port), port)
                if holder is not port:
                    problems.append(ProxyProblem(port, f"{address} is taken by {holder.namespace}/{holder.name}"))
        with self._changed:
            self.applied.append(tuple(ports))
            self._changed.notify_all()
        return problems

    def close(self) -> None:
        self.closed = True

    @property
    def rules(self) -> Sequence[ServicePort]:
        """The state that was told last."""
        with self._changed:
            return self.applied[-1] if self.applied else ()

    def wait_for(self, service: str, backends: Sequence[str] | None = None, timeout: float = 60.0) -> Sequence[ServicePort]:
        """Wait until `namespace/name` has a rule (with exactly these ready addresses behind it, where given).

        :raises TimeoutError: it did not come within `timeout` real seconds.
        """

        def found() -> Sequence[ServicePort]:
            rules = self.applied[-1] if self.applied else ()
            mine = [rule for rule in rules if f"{rule.namespace}/{rule.name}" == service]
            if backends is None:
                return mine
            return [rule for rule in mine if sorted(b.address for b in rule.backends if b.ready) == sorted(backends)]

        with self._changed:
            if not self._changed.wait_for(found, timeout):
                raise TimeoutError(f"no rule of {service} with backends {backends}, the last state is {self.applied[-1:]}")
            return found()
