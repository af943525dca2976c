"""Opens what the API server stands on (store, kinds, registry) and the server itself, for one cluster."""

import logging
from dataclasses import dataclass, replace

from kubernel.api.options import ServerOptions
from kubernel.api.pki import Pki
from kubernel.api.server import ApiServer
from kubernel.assembly.data_directory import DataDirectory, Identity
from kubernel.assembly.kubeconfig import Access
from kubernel.assembly.limits import may_listen
from kubernel.assembly.settings import DEFAULT_PORT, Settings
from kubernel.client.local import LocalClient
from kubernel.errors import ConfigurationError
from kubernel.hooks import Registrations
from kubernel.hooks.discovery import Loaded
from kubernel.machinery.clock import SystemClock
from kubernel.objects import kinds
from kubernel.ports.admission import Admission
from kubernel.ports.auth import Authenticator, Authorizer
from kubernel.ports.resource import ResourceDefinition
from kubernel.ports.store import Store
from kubernel.registry.registry import Registry
from kubernel.registry.table import ResourceTable
from kubernel.types.network import first_address, pod_cidr, service_cidr

HTTPS_PORT = 443
_log = logging.getLogger("kubernel.assembly")


@dataclass(frozen=True, slots=True)
class Server:
    """A store, the registry over it and the API server in front; `start` lets it answer, `stop` closes them all."""

    store: Store
    registry: Registry
    api: ApiServer
    pki: Pki
    clock: SystemClock

    def start(self) -> None:
        """:raises KernelError: it cannot start; what was opened is closed again."""
        try:
            self.api.start()
        except BaseException:
            self.stop()
            raise

    def client(self) -> LocalClient:
        """The in-process client, as a cluster administrator."""
        return LocalClient(self.registry)

    def access(self, context: str) -> Access:
        """How the administrator reaches this server."""
        pair = self.pki.admin()
        return Access(context, self.api.url, self.pki.ca().certificate, pair.certificate, pair.key)

    def stop(self) -> None:
        """Stop answering, then let go of the state. Stopping twice is a no-op."""
        self.api.stop()
        self.registry.close()
        self.store.close()
        self.clock.close()


def open_server(settings: Settings, directory: DataDirectory, identity: Identity, loaded: Loaded) -> Server:
    """Build the server of a cluster.

    :raises ConfigurationError: an option is wrong, the port is taken, a certificate is damaged.
    :raises StoreError: the store is away, broken or in use.
    """
    table = ResourceTable(definition for _, definition in _resources(loaded))
    admission: Registrations[Admission] = Registrations("admission plugin")
    loaded.plugins.collect("kubernel_register_admission", chain=admission)
    store = open_store(settings, directory, loaded)
    try:
        options = {
            "pod_cidr": pod_cidr(identity.slot),
            "service_cidr": service_cidr(identity.slot),
            **settings.section("server"),
        }
        clock = SystemClock()
        registry = Registry(store, table, clock=clock, admission=[plugin for _, plugin in admission], options=options)
        api = _listen(settings, identity, registry, clock, _server_options(settings, directory, identity, loaded))
    except BaseException:
        store.close()
        raise
    return Server(store, registry, api, Pki(directory.pki), clock)


def open_store(settings: Settings, directory: DataDirectory, loaded: Loaded) -> Store:
    """The store that is configured; without one, sqlite in the data directory.

    :raises ConfigurationError: no plugin knows its scheme, or the one that does is broken.
    """
    url = settings.store or f"sqlite:///{directory.store_file}"
    try:
        store: Store = loaded.plugins.open("kubernel_open_store", url, "store", url=url)
    except ConfigurationError:
        loaded.require(url.partition(":")[0])
        raise
    return store


def _resources(loaded: Loaded) -> Registrations[ResourceDefinition]:
    resources: Registrations[ResourceDefinition] = Registrations("resource")
    for definition in kinds():
        resources.add(definition.name, definition)
    loaded.plugins.collect("kubernel_register_resources", resources=resources)
    return resources


def _server_options(settings: Settings, directory: DataDirectory, identity: Identity, loaded: Loaded) -> ServerOptions:
    authenticators: Registrations[Authenticator] = Registrations("authenticator")
    authorizers: Registrations[Authorizer] = Registrations("authorizer")
    loaded.plugins.collect("kubernel_register_auth", authenticators=authenticators, authorizers=authorizers)
    return ServerOptions(
        pki=Pki(directory.pki),
        host=settings.host,
        token_file=directory.tokens,
        advertise=settings.host if settings.host not in ("0.0.0.0", "::", "localhost") else "127.0.0.1",
        service_address=first_address(service_cidr(identity.slot)),
        service_port=HTTPS_PORT if may_listen(HTTPS_PORT) else DEFAULT_PORT,
        authenticators=tuple(item for _, item in authenticators),
        authorizers=tuple(item for _, item in authorizers),
    )


def _listen(settings: Settings, identity: Identity, registry: Registry, clock: SystemClock, options: ServerOptions) -> ApiServer:
    """Take the port that was asked for; without one the remembered or usual port, or any free one when that is taken."""
    if settings.port:
        return ApiServer(registry, clock, replace(options, port=settings.port))
    usual = identity.port or (DEFAULT_PORT if settings.port is None else 0)
    try:
        return ApiServer(registry, clock, replace(options, port=usual))
    except ConfigurationError as error:
        if not usual:
            raise
        _log.info("taking a free port: %s", error)
        return ApiServer(registry, clock, options)
