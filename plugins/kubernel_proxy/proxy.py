"""The user-space proxy: holds the listeners against the wanted rules and changes only what differs.

Addresses are bound on the caller's thread, so that thousands of new services do not hold up the bytes of the old ones; only
the hand-over happens on the loop.
"""

import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from kubernel.ports.proxy import Backend, ProxyCapabilities, ProxyProblem, ServicePort
from kubernel_proxy.config import ProxyConfig
from kubernel_proxy.engine import Engine
from kubernel_proxy.loop import LoopThread
from kubernel_proxy.sockets import BindError, bind
from kubernel_proxy.tcp import TcpListener
from kubernel_proxy.udp import UdpListener

Place: TypeAlias = tuple[str, str, int]
"""Protocol, address and port of a listener."""
Listener: TypeAlias = TcpListener | UdpListener
PROTOCOLS = frozenset(("TCP", "UDP"))


@dataclass(frozen=True, slots=True)
class _Change:
    """What is to happen to one place on the loop; `sock` is there when the place is new."""

    place: Place
    rule: ServicePort
    sock: socket.socket | None


class UserspaceProxy:
    """See `kubernel.ports.proxy.Proxy`."""

    def __init__(self, config: ProxyConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._thread: LoopThread | None = None
        self._engine: Engine | None = None
        self._listeners: dict[Place, Listener] = {}
        self._rules: dict[Place, ServicePort] = {}
        self._closed = False

    @property
    def capabilities(self) -> ProxyCapabilities:
        return ProxyCapabilities(protocols=PROTOCOLS, needs_root=False, preserves_client_address=False)

    def start(self) -> None:
        """Start the loop; an earlier run leaves nothing behind, its addresses went with its process."""
        with self._lock:
            if self._thread is None and not self._closed:
                self._thread = LoopThread("kubernel-proxy")
                self._engine = Engine(self._thread.loop, self._config)
                self._thread.start()

    def apply(self, ports: Sequence[ServicePort]) -> Sequence[ProxyProblem]:
        with self._lock:
            if self._thread is None or self._closed:
                raise RuntimeError("the proxy is not running: start it before the first rules, and give it none after its end")
            problems: list[ProxyProblem] = []
            wanted = self._wanted(ports, problems)
            gone = [place for place in self._rules if place not in wanted]
            if gone:
                self._thread.call(lambda: self._remove(gone))
            changes = self._changes(wanted, problems)
            if changes:
                problems += self._thread.call(lambda: self._change(changes))
            return problems

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._thread is not None:
                self._thread.call(self._end_all)
                self._thread.stop()

    def _wanted(self, ports: Sequence[ServicePort], problems: list[ProxyProblem]) -> dict[Place, ServicePort]:
        """Which rule each place is for; the first one to ask for a place has it."""
        wanted: dict[Place, ServicePort] = {}
        for rule in ports:
            if rule.protocol not in PROTOCOLS:
                problems.append(ProxyProblem(rule, f"protocol {rule.protocol} cannot be served in user space"))
                continue
            places = [(rule.protocol, address, rule.port) for address in rule.addresses]
            if rule.node_port:
                places += [(rule.protocol, address, rule.node_port) for address in self._config.node_port_addresses]
            for place in places:
                holder = wanted.setdefault(place, rule)
                if holder is not rule:
                    message = f"{place[1]}:{place[2]} is taken by service {holder.namespace}/{holder.name}"
                    problems.append(ProxyProblem(rule, message))
        return wanted

    def _changes(self, wanted: dict[Place, ServicePort], problems: list[ProxyProblem]) -> list[_Change]:
        changes: list[_Change] = []
        for place, rule in wanted.items():
            present = self._rules.get(place)
            if present is rule or present == rule:
                continue
            sock: socket.socket | None = None
            if place not in self._listeners:
                try:
                    sock = bind(*place)
                except BindError as error:
                    problems.append(ProxyProblem(rule, str(error)))
                    continue
            changes.append(_Change(place, rule, sock))
        return changes

    # --- on the loop ------------------------------------------------------------------------------------------------

    def _change(self, changes: list[_Change]) -> list[ProxyProblem]:
        assert self._engine is not None
        problems: list[ProxyProblem] = []
        for change in changes:
            listener = self._listeners.get(change.place)
            if listener is None:
                assert change.sock is not None
                kind = TcpListener if change.place[0] == "TCP" else UdpListener
                listener = self._listeners[change.place] = kind(self._engine, change.sock)
            try:
                listener.update(self._backends(change.rule), change.rule.affinity_seconds)
            except BindError as error:
                problems.append(ProxyProblem(change.rule, str(error)))
                self._remove([change.place])
                continue
            self._rules[change.place] = change.rule
        return problems

    def _backends(self, rule: ServicePort) -> Sequence[Backend]:
        if not rule.local_only:
            return rule.backends
        return [backend for backend in rule.backends if backend.node_name == self._config.node_name]

    def _remove(self, places: list[Place]) -> None:
        for place in places:
            self._rules.pop(place, None)
            self._listeners.pop(place).close()

    def _end_all(self) -> None:
        assert self._engine is not None
        self._remove(list(self._listeners))
        for connection in list(self._engine.connections):
            connection.close()
