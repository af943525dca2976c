"""Puts the API together: the gate, the routes, the hub and the shell, for one server."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from kubernel.api.application import Application, Gate
from kubernel.api.authentication import Authentication, CertificateAuthenticator, TokenFileAuthenticator
from kubernel.api.authorization import Authorization, MastersAuthorizer, PublicPathsAuthorizer
from kubernel.api.binding import BINDINGS, Bindings
from kubernel.api.discovery import Discovery
from kubernel.api.handover import Mailbox
from kubernel.api.health import Health, ping
from kubernel.api.hub import Hub
from kubernel.api.logs import Logs
from kubernel.api.metrics import Metrics
from kubernel.api.options import ServerOptions
from kubernel.api.request_info import RequestInfo
from kubernel.api.resources import Resources
from kubernel.api.reviews import VIRTUAL, Reviews
from kubernel.api.shell import Shell
from kubernel.api.system import System
from kubernel.api.upstream import Upstream
from kubernel.errors import NotFoundError, ServiceUnavailableError
from kubernel.ports.admission import Verb
from kubernel.ports.clock import Clock
from kubernel.registry.registry import Registry
from kubernel.types.well_known import NAMESPACES

_VERBS: dict[str, Verb] = {
    "create": "create", "update": "update", "patch": "update", "delete": "delete", "deletecollection": "delete",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parts:
    """What a server holds on to."""

    shell: Shell
    hub: Hub
    logs: Logs

    def close(self) -> None:
        """Refuse what is new, end what would not end by itself. Closing twice is a no-op."""
        self.shell.stop()
        self.logs.close()
        self.hub.close()


def assemble(
    registry: Registry,
    clock: Clock,
    options: ServerOptions,
    loop: asyncio.AbstractEventLoop,
    mailbox: Mailbox,
    pool: Executor,
    address: Callable[[], str],
) -> Parts:
    """Build everything that answers requests; called on the loop's thread."""
    authorization = Authorization((MastersAuthorizer(), PublicPathsAuthorizer(), *options.authorizers))
    tokens = [TokenFileAuthenticator.made(options.token_file)] if options.token_file is not None else []
    authentication = Authentication((CertificateAuthenticator(), *tokens, *options.authenticators))
    app = Application(Gate(authentication, authorization))
    metrics = Metrics()
    hub = Hub(registry, loop, mailbox, clock.now, options.hub)
    bindings, reviews = Bindings(registry, clock.now), Reviews(authorization, clock.now)
    logs = Logs(registry, Upstream(options.pki.ca().certificate, options.pki.kubelet_client()))
    resources = Resources(
        registry,
        hub,
        clock.now,
        subresources={"binding": bindings.view, "log": logs.view},
        virtual={**reviews.views(), BINDINGS.resource: bindings.collection},
    )
    discovery = Discovery(registry.table, (*VIRTUAL, BINDINGS), address)
    blocks = blocking(registry)
    shell = Shell(app, loop, mailbox, pool, metrics, blocks=blocks, most_in_flight=options.most_in_flight)
    System(registry.table, discovery, _endpoints(registry, shell), metrics).register(app)
    resources.register(app)
    metrics.gauge("apiserver_current_inflight_requests", "requests under way", lambda: shell.in_flight)
    metrics.gauge("kubernel_watchers", "watches that are open", lambda: hub.watcher_count)
    metrics.counter("kubernel_watch_events", "events written to watchers", lambda: hub.delivered)
    metrics.gauge("kubernel_store_revision", "the store's revision", registry.revision)
    return Parts(shell, hub, logs)


def _endpoints(registry: Registry, shell: Shell) -> dict[str, Health]:
    def store() -> None:
        if NAMESPACES in registry.table:
            registry.fresh(registry.table.definition(NAMESPACES))

    def not_stopping() -> None:
        if shell.stopping:
            raise ServiceUnavailableError("the server is stopping")

    return {
        "healthz": Health("healthz", {"ping": ping, "store": store}),
        "livez": Health("livez", {"ping": ping}),
        "readyz": Health("readyz", {"ping": ping, "store": store, "shutdown": not_stopping}),
    }


def blocking(registry: Registry) -> Callable[[RequestInfo], bool]:
    """Whether a request belongs on the thread pool, decided from its path alone."""

    def blocks(info: RequestInfo) -> bool:
        if not info.is_resource:
            return not registry.embedded
        try:
            definition = registry.table.find(info.group, info.version, info.resource)
        except NotFoundError:
            return False
        verb = _VERBS.get(info.verb)
        return registry.blocking(definition, verb) if verb is not None else not registry.embedded

    return blocks
