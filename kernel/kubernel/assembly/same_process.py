"""Scheduler, controllers and nodes in the process of the API server, over the registry itself."""

import threading

from kubernel.assembly.components import Components
from kubernel.assembly.facts import ClusterFacts, NodeIdentity
from kubernel.assembly.settings import Settings
from kubernel.hooks.discovery import Loaded
from kubernel.ports.client import Client


class SameProcess:
    """See the module; everything runs when the constructor returns."""

    def __init__(
        self, settings: Settings, loaded: Loaded, client: Client, facts: ClusterFacts, nodes: list[NodeIdentity]
    ) -> None:
        self._count = len(nodes)
        self._components = Components(settings, loaded, client, facts)
        try:
            self._components.start_all(nodes)
        except BaseException:
            self._components.stop(leave_pods=True)
            raise

    def wait_ready(self, timeout: float) -> bool:
        """Wait until every node is Ready; False when `timeout` seconds passed first."""
        over = threading.Event()
        timer = threading.Timer(timeout, over.set)
        timer.start()
        try:
            return len(list(self._components.ready_nodes(over))) == self._count
        finally:
            timer.cancel()

    def stop(self, *, leave_pods: bool) -> None:
        """End everything."""
        self._components.stop(leave_pods=leave_pods)
