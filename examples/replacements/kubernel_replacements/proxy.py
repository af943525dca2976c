"""A proxy that writes down what it is told and carries nothing: for clusters whose pods only pretend to run."""

from collections.abc import Sequence

from kubernel.ports.proxy import ProxyCapabilities, ProxyProblem, ServicePort

PROTOCOLS = frozenset(("TCP", "UDP"))


class RecordedProxy:
    """`rules` is the present state: who answers at which protocol, address and port."""

    capabilities = ProxyCapabilities(PROTOCOLS, needs_root=False, preserves_client_address=True)

    def __init__(self) -> None:
        self.rules: dict[tuple[str, str, int], ServicePort] = {}

    def start(self) -> None:
        """There is nothing to take up."""

    def apply(self, ports: Sequence[ServicePort]) -> Sequence[ProxyProblem]:
        rules: dict[tuple[str, str, int], ServicePort] = {}
        problems = []
        for port in ports:
            if port.protocol not in PROTOCOLS:
                problems.append(ProxyProblem(port, f"protocol {port.protocol} is not offered"))
                continue
            for address in port.addresses:
                holder = rules.setdefault((port.protocol, address, port.port), port)
                if holder is not port:
                    problems.append(ProxyProblem(port, f"{address}:{port.port} is taken by {holder.namespace}/{holder.name}"))
        self.rules = rules
        return problems

    def close(self) -> None:
        self.rules = {}
