"""A whole cluster as one object: the API server in this process, the other components beside it or in a process of their own.

`kubernel up`, the demo and the pytest fixture are thin layers over it.
"""

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from kubernel.assembly.data_directory import DataDirectory, Running
from kubernel.assembly.kubeconfig import Access, document, write
from kubernel.assembly.layout import component_certificate, facts_of, node_identity, node_names
from kubernel.assembly.second_process import Orders, SecondProcess
from kubernel.assembly.server import Server, open_server
from kubernel.assembly.settings import Settings
from kubernel.client.local import LocalClient
from kubernel.errors import ConfigurationError
from kubernel.hooks.discovery import load_plugins

_log = logging.getLogger("kubernel.assembly")


class Components(Protocol):
    """Scheduler, controllers and nodes, wherever they run."""

    def wait_ready(self, timeout: float) -> bool: ...

    def stop(self, *, leave_pods: bool) -> None: ...


class Cluster:
    """See the module.

    :param separate: run everything but the API server in a second process, so that they do not share an interpreter lock.
    :param plugins: further plugins as (name, module or object), beside the installed ones; only where nothing is separate, for
        what lives in this process cannot be had in another.
    :param told: called with a line for people whenever something has come up.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        separate: bool = False,
        plugins: Sequence[tuple[str, object]] = (),
        told: Callable[[str], None] | None = None,
    ) -> None:
        if separate and plugins:
            raise ConfigurationError("plugins that are not installed work only where everything runs in one process")
        self.settings = settings
        self._plugins = tuple(plugins)
        self.directory = DataDirectory(settings.data_directory)
        self._separate = separate
        self._told = told or _log.info
        self._server: Server | None = None
        self._components: Components | None = None
        self._client: LocalClient | None = None

    def start(self) -> None:
        """Bring everything up; returns when the API answers (the nodes may take a moment more, see `wait_ready`).

        :raises KernelError: something cannot start; what was started is stopped again.
        """
        self.directory.hold()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        identity = self.directory.identity(self.settings.name, self.settings.port or 0)
        second = self._second_process() if self._separate else None
        loaded = load_plugins(block=self.settings.block, extra=self._plugins)
        server = self._server = open_server(self.settings, self.directory, identity, loaded)
        server.start()
        identity.port = server.api.port
        self.directory.remember(identity)
        write(self.kubeconfig, document(self.access))
        self._told(f"the API answers at {self.url}")
        facts = facts_of(identity, server.pki)
        nodes = [node_identity(name, self.directory, server.pki) for name in node_names(self.settings)]
        if second is not None:
            pair = component_certificate(server.pki, "kubernel-components")
            second.begin(Orders(self.settings, self.url, server.pki.ca_path, pair.certificate_path, pair.key_path, facts, nodes))
        else:
            from kubernel.assembly.same_process import SameProcess  # loads what the second process would

            self._components = SameProcess(self.settings, loaded, server.client(), facts, nodes)
        self.directory.announce(Running(os.getpid(), self.url, second.pid if second else 0))

    def _second_process(self) -> SecondProcess:
        second = self._components = SecondProcess(self.directory.log, self._told)
        return second

    @property
    def client(self) -> LocalClient:
        """The state, as a cluster administrator; only while the cluster runs."""
        if self._client is None:
            assert self._server is not None, "the cluster is not running"
            self._client = self._server.client()
        return self._client

    @property
    def url(self) -> str:
        """Where the API answers."""
        assert self._server is not None, "the cluster is not running"
        return self._server.api.url

    @property
    def access(self) -> Access:
        """How the administrator reaches it."""
        assert self._server is not None, "the cluster is not running"
        return self._server.access(self.settings.context)

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig in the data directory."""
        return self.directory.kubeconfig

    def wait_ready(self, timeout: float) -> bool:
        """Wait until every node is Ready; False when `timeout` seconds passed first.

        :raises ConfigurationError: a part cannot work as it is configured.
        """
        assert self._components is not None, "the cluster is not running"
        return self._components.wait_ready(timeout)

    def stop(self, *, leave_pods: bool = False) -> None:
        """End everything, pods too unless they are to be left running. Stopping twice is a no-op."""
        if self._components is not None:
            self._components.stop(leave_pods=leave_pods)
            self._components = None
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._server is not None:
            self._server.stop()
            self._server = None
        self.directory.release()
