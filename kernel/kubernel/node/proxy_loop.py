"""Keeps a node's proxy at what Services and EndpointSlices say.

A change only marks its service; the rules of marked services are worked out again, all others are kept, and the whole is given
to the proxy, at most once in a moment: a deployment that rolls out changes a slice many times a second. Nothing is applied
before both informers are synced, so that a restart does not take services away from their clients.
"""

import logging
import threading
from collections.abc import Sequence

from kubernel.machinery.work_queue import WorkQueue
from kubernel.node.service_rules import service_of, service_ports
from kubernel.ports.client import Client
from kubernel.ports.clock import Clock
from kubernel.ports.controller import EventRecorder
from kubernel.ports.proxy import Proxy, ProxyProblem, ServicePort
from kubernel.types.json import Object
from kubernel.types.references import key_of
from kubernel.types.well_known import ENDPOINT_SLICES, SERVICES

GATHER_SECONDS = 0.01
RETRY_SECONDS = 30.0
_INDEX = "service"
_RULES = "rules"
_log = logging.getLogger(__name__)


class ProxyLoop:
    """Owns the proxy from `start` to `stop`, each of which is called once."""

    def __init__(self, client: Client, proxy: Proxy, recorder: EventRecorder, clock: Clock, node_name: str) -> None:
        self._proxy, self._recorder, self._node_name = proxy, recorder, node_name
        self._services = client.informer(SERVICES)
        self._slices = client.informer(ENDPOINT_SLICES)
        self._queue = WorkQueue(clock, name="proxy", base_delay=0.1, max_delay=RETRY_SECONDS)
        self._lock = threading.Lock()
        self._marked: set[str] = set()
        self._rules: dict[str, Sequence[ServicePort]] = {}
        self._told: set[tuple[str, str]] = set()
        self._problems: Sequence[ProxyProblem] = ()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy-rules", daemon=True)

    @property
    def problems(self) -> Sequence[ProxyProblem]:
        """What the proxy could not do when it was last told."""
        return self._problems

    def start(self) -> None:
        """Start the proxy and follow the services."""
        self._proxy.start()
        self._slices.add_index(_INDEX, lambda item: (service_of(item),))
        self._services.add_handler(self._service_changed)
        self._slices.add_handler(self._slice_changed)
        self._thread.start()

    def stop(self) -> None:
        """Stop following and close the proxy: its addresses are free when this returns."""
        self._stopped.set()
        self._queue.shutdown()
        if self._thread.is_alive():
            self._thread.join()
        self._proxy.close()

    def _service_changed(self, old: Object | None, new: Object | None) -> None:
        changed = new or old
        if changed is not None:
            self._mark(key_of(changed))

    def _slice_changed(self, old: Object | None, new: Object | None) -> None:
        for item in (old, new):
            if item is not None and (service := service_of(item)):
                self._mark(service)

    def _mark(self, service: str) -> None:
        with self._lock:
            self._marked.add(service)
        self._queue.add_after(_RULES, GATHER_SECONDS)

    def _run(self) -> None:
        while not (self._services.wait_synced(0.5) and self._slices.wait_synced(0.5)):
            if self._stopped.is_set():
                return
        with self._lock:
            self._marked.update(key_of(service) for service in self._services.list())
        self._queue.add(_RULES)
        while (key := self._queue.get()) is not None:
            try:
                self._apply()
            except Exception:  # noqa: BLE001 - the worker loop: services that work must not stop for one that breaks it
                _log.exception("the services' rules could not be applied")
                self._queue.add_rate_limited(key)
            else:
                self._queue.forget(key)
            self._queue.done(key)

    def _apply(self) -> None:
        with self._lock:
            marked, self._marked = self._marked, set()
        try:
            for key in marked:
                service = self._services.get(key)
                rules = service_ports(service, self._slices.by_index(_INDEX, key), self._node_name) if service else ()
                if rules:
                    self._rules[key] = rules
                else:
                    self._rules.pop(key, None)
            self._problems = self._proxy.apply([rule for _, rules in sorted(self._rules.items()) for rule in rules])
        except BaseException:
            with self._lock:
                self._marked |= marked
            raise
        self._report()

    def _report(self) -> None:
        """Each problem is told once, and again when it comes back after it was gone."""
        told: set[tuple[str, str]] = set()
        for problem in self._problems:
            key = f"{problem.service.namespace}/{problem.service.name}"
            told.add((key, problem.message))
            service = self._services.get(key)
            if (key, problem.message) not in self._told and service is not None:
                self._recorder.event(service, "Warning", "FailedToProxy", problem.message)
        self._told = told
        if told:
            self._queue.add_after(_RULES, RETRY_SECONDS)
