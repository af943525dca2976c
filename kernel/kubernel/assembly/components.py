"""Everything but the API server: scheduler, controllers and node agents, over a client that is handed in.

The same code runs in the server's process, in a second process of `up`, and behind the commands of the single roles. Heavy rooms
are imported when a part is started.
"""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kubernel.assembly.facts import ClusterFacts, NodeIdentity
from kubernel.assembly.runtimes import open_runtime
from kubernel.assembly.settings import Settings
from kubernel.hooks import Registrations
from kubernel.hooks.discovery import Loaded
from kubernel.machinery.clock import SystemClock
from kubernel.machinery.controller_manager import ControllerManager
from kubernel.machinery.recorder import Recorder
from kubernel.node.agent import NodeAgent
from kubernel.node.config import NodeConfig
from kubernel.ports.client import Client
from kubernel.ports.controller import ControllerFactory
from kubernel.ports.proxy import Proxy
from kubernel.scheduling.loop import SchedulingLoop
from kubernel.types.json import JSON

_log = logging.getLogger("kubernel.assembly")


@dataclass(slots=True)
class Components:
    """The parts that run; start each with its method, `stop` ends them all."""

    settings: Settings
    loaded: Loaded
    client: Client
    facts: ClusterFacts
    clock: SystemClock = field(default_factory=SystemClock)
    _scheduler: SchedulingLoop | None = None
    _controllers: ControllerManager | None = None
    _agents: dict[str, NodeAgent] = field(default_factory=dict)
    _recorders: list[Recorder] = field(default_factory=list)

    def start_all(self, nodes: Sequence[NodeIdentity]) -> None:
        """Start every part; the nodes first, because people wait for them.

        :raises KernelError: a part cannot be started; the others run on until `stop`.
        """
        for number, node in enumerate(nodes):
            self.start_node(node, with_proxy=number == 0)
        self.start_controllers()
        self.start_scheduler()

    def start_scheduler(self) -> None:
        """:raises ConfigurationError: no plugin offers the configured scheduler."""
        name = self.settings.scheduler
        config = self.settings.section("scheduler")
        scheduler = self.loaded.plugins.open("kubernel_open_scheduler", name, "scheduler", name=name, config=config)
        self._scheduler = SchedulingLoop(self.client, scheduler, self._recorder("default-scheduler"), self.clock)
        self._scheduler.start()

    def start_controllers(self) -> None:
        """:raises PluginError: two plugins bring a controller of one name."""
        factories: Registrations[ControllerFactory] = Registrations("controller")
        self.loaded.plugins.collect("kubernel_register_controllers", controllers=factories)
        common: Mapping[str, JSON] = {
            "pod_cidr": self.facts.pod_cidr,
            "service_cidr": self.facts.service_cidr,
            "root_ca": self.facts.root_ca,
        }
        options = {name: value for name, value in self.settings.section("controllers").items() if isinstance(value, dict)}
        self._controllers = ControllerManager(factories, self.client, self.clock, common=common, options=options)
        self._controllers.start()

    def start_node(self, identity: NodeIdentity, *, with_proxy: bool) -> None:
        """Start a node agent; of several on one host only one carries the services' addresses.

        :raises ConfigurationError: no plugin offers the configured runtime or proxy, or this host lacks what it needs.
        """
        settings, plugins = self.settings, self.loaded.plugins
        identity.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        runtime = open_runtime(self.loaded, identity.directory, settings.runtime, settings.section("runtime"))
        proxy: Proxy | None = None
        if with_proxy:
            config = {**settings.section("proxy"), "node_name": identity.name}
            proxy = plugins.open("kubernel_open_proxy", settings.proxy, "proxy", name=settings.proxy, config=config)
        node = NodeConfig(
            **{
                **settings.section("node"),
                "node_name": identity.name,
                "state_directory": identity.directory,
                "tls_certificate": identity.certificate,
                "tls_key": identity.key,
                "client_ca": identity.client_ca,
            }
        )
        agent = NodeAgent(self.client, runtime, proxy, node, self.clock, self._recorder("kubelet"))
        agent.start()
        self._agents[identity.name] = agent

    def ready_nodes(self, ended: threading.Event) -> Iterator[str]:
        """The names of the nodes, each as soon as it and all before it are Ready; none any more once `ended` is set."""
        for name, agent in self._agents.items():
            while not agent.wait_ready(0.1):
                if ended.is_set():
                    return
            yield name

    def _recorder(self, component: str) -> Recorder:
        recorder = Recorder(self.client, self.clock, component)
        self._recorders.append(recorder)
        return recorder

    def stop(self, *, leave_pods: bool) -> None:
        """End everything, the nodes while controllers and scheduler can no longer start what the nodes have just ended."""
        if self._controllers is not None:
            self._controllers.stop()
        if self._scheduler is not None:
            self._scheduler.stop()
        for agent in self._agents.values():
            agent.stop(leave_pods=leave_pods)
        for recorder in self._recorders:
            recorder.stop()
        self.client.close()
        self.clock.close()
