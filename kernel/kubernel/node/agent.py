"""The agent of one node: puts its rooms together, starts them in order, and lets go of them in the end.

It may run beside other components in one process or alone; everything comes in through its constructor. `start` returns at once;
the node is Ready as soon as the API has taken its Node.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from kubernel.errors import StatusError
from kubernel.machinery.control_loop import ControlLoop
from kubernel.machinery.worker_pool import WorkerPool
from kubernel.node.addresses import AddressPool
from kubernel.node.config import NodeConfig
from kubernel.node.ending import end_pods
from kubernel.node.housekeeping import Housekeeping
from kubernel.node.pods.pod_logs import PodLogs
from kubernel.node.pods.pod_loop import PodLoop
from kubernel.node.pods.rooms import Rooms, build_rooms
from kubernel.node.proxy_loop import ProxyLoop
from kubernel.node.registration import Registration
from kubernel.node.server.routes import Routes
from kubernel.node.server.server import NodeServer, server_context
from kubernel.node.surroundings import Directories, Surroundings
from kubernel.ports.client import Client
from kubernel.ports.clock import Clock
from kubernel.ports.controller import ControllerContext, EventRecorder
from kubernel.ports.proxy import Proxy
from kubernel.ports.runtime import Runtime
from kubernel.types.json import Object
from kubernel.types.well_known import NODES, PODS, SERVICES

RANGE_RETRY = 0.2
"""Seconds until the node is asked again for the range of its pods' addresses."""


class NodeAgent:
    """See the module. `proxy` None leaves services to somebody else. The runtime is closed by `stop`."""

    def __init__(
        self,
        client: Client,
        runtime: Runtime,
        proxy: Proxy | None,
        config: NodeConfig,
        clock: Clock,
        recorder: EventRecorder,
        *,
        pool: WorkerPool | None = None,
    ) -> None:
        self._client, self._runtime, self._config, self._clock = client, runtime, config, clock
        config.state_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._executor = ThreadPoolExecutor(config.jobs, thread_name_prefix="node-job")
        self._heart = ThreadPoolExecutor(1, thread_name_prefix="node-heart")
        self._own_pool = WorkerPool(config.workers, name="node") if pool is None else None
        self._pool = pool or self._own_pool
        self._proxy_loop = ProxyLoop(client, proxy, recorder, clock, config.node_name) if proxy is not None else None
        self._addresses = AddressPool()
        self._addresses.set_range(config.pod_cidr)
        self._rooms: Rooms
        self._loop = ControlLoop("node-agent", self._pod_loop, client, clock=clock, recorder=recorder)
        self._registration = Registration(self._rooms.around, self._heart, lambda: self.port, self._registered)
        self._housekeeping = Housekeeping(self._rooms, self._pods, self._heart)
        self._server = self._make_server()
        self._ready = threading.Event()
        self._stopped = False

    @property
    def port(self) -> int:
        """Where the agent's own server listens; 0 without one."""
        return self._server.port if self._server is not None else 0

    def start(self) -> None:
        """
        :raises ConfigurationError: the agent's server cannot listen.
        """
        if self._server is not None:
            self._server.start()
        self._loop.attach()
        self._housekeeping.start()
        self._registration.start()
        if self._proxy_loop is not None:
            self._proxy_loop.start()

    def wait_ready(self, timeout: float) -> bool:
        """Wait (in real seconds) until the API knows the node; False when it did not in time."""
        return self._ready.wait(timeout)

    def stop(self, *, leave_pods: bool) -> None:
        """Let go of everything. Pods run on and the next agent takes them up, or they end within a few seconds.

        Stopping twice is a no-op.
        """
        if self._stopped:
            return
        self._stopped = True
        self._registration.stop()
        self._housekeeping.stop()
        self._loop.stop()
        # A pod that is being worked on must be done before its container's fate is decided here.
        self._loop.queue.wait_idle(10.0)
        if self._own_pool is not None:
            self._own_pool.stop()
        self._rooms.prober.stop()
        if self._server is not None:
            self._server.stop()
        if not leave_pods:
            end_pods(self._runtime, self._config.stop_seconds)
        if self._proxy_loop is not None:
            self._proxy_loop.stop()
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._heart.shutdown(wait=False, cancel_futures=True)
        self._runtime.close(leave_running=leave_pods)

    # --- putting together --------------------------------------------------------------------------------------------

    def _pod_loop(self, context: ControllerContext) -> PodLoop:
        config = self._config
        around = Surroundings(
            self._client,
            self._runtime,
            self._clock,
            context.recorder,
            config,
            Directories(config.state_directory),
            self._executor,
            context.enqueue,
        )
        services = self._client.informer(SERVICES)
        self._rooms = build_rooms(around, services, self._addresses, self._allocatable, self._labels)
        pods = self._client.informer(PODS, field_selector=f"spec.nodeName={config.node_name}")
        self._pods = PodLoop(self._rooms, pods)
        self._logs = PodLogs(around, pods)
        return self._pods

    def _make_server(self) -> NodeServer | None:
        config = self._config
        if not config.tls_certificate:
            return None
        context = server_context(config.tls_certificate, config.tls_key, config.client_ca)
        remembered = config.state_directory / "server-port"
        return NodeServer(Routes(self._logs, self._clock), config.address, config.port, remembered, context)

    def _registered(self, node: Object) -> None:
        """The API knows the node: pods may come."""
        self._take_range(node)
        if not self._ready.is_set():
            self._serve()

    def _take_range(self, node: Object) -> None:
        """Give pods addresses of the range that the node has; ask again while it has none."""
        self._addresses.set_range(self._config.pod_cidr or (node.get("spec") or {}).get("podCIDR") or "")
        if not self._addresses.ready and not self._stopped:
            self._clock.call_later(RANGE_RETRY, lambda: self._submit(self._ask_for_range))

    def _ask_for_range(self) -> None:
        try:
            self._take_range(self._client.get(NODES, self._config.node_name))
        except StatusError:
            self._take_range({})

    def _submit(self, work: Callable[[], None]) -> None:
        if not self._stopped:
            self._heart.submit(work)

    def _serve(self) -> None:
        """Work on pods once all of them are known: before that, one that is not known yet looks like one that is gone."""
        informer = self._client.informer(PODS, field_selector=f"spec.nodeName={self._config.node_name}")
        while not informer.wait_synced(0.2):
            if self._stopped:
                return
        assert self._pool is not None
        for pod in informer.list():
            self._pods.found(pod)
        self._loop.serve(self._pool, concurrency=self._config.workers)
        self._ready.set()
        self._housekeeping.clear_leftovers()

    def _allocatable(self) -> Mapping[str, str]:
        node = self._registration.node or {}
        found: Mapping[str, str] = (node.get("status") or {}).get("allocatable") or {}
        return found

    def _labels(self) -> Mapping[str, str]:
        """Asked from the API, since a label may have been set a moment ago; what is remembered where it cannot be asked."""
        try:
            node = self._client.get(NODES, self._config.node_name)
        except StatusError:
            node = self._registration.node or {"metadata": {}}
        found: Mapping[str, str] = node["metadata"].get("labels") or {}
        return found
