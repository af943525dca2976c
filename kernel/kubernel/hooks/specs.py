"""Every hook, in the order in which a cluster's life calls them.

Two shapes only. *Open* hooks are asked by scheme or name until one plugin answers: None means "not mine", an exception means
"mine but it cannot be opened". *Register* hooks are called on every plugin, each adding to what the others added; two plugins
that add the same name are an error which names both.

Hooks are called by keyword: a plugin may leave out parameters that it does not need, and a spec may grow new ones.
"""

from collections.abc import Mapping

from kubernel.hooks.manager import Registrations
from kubernel.hooks.markers import hookspec
from kubernel.ports.admission import Admission
from kubernel.ports.auth import Authenticator, Authorizer
from kubernel.ports.controller import ControllerFactory
from kubernel.ports.proxy import Proxy
from kubernel.ports.resource import ResourceDefinition
from kubernel.ports.runtime import Runtime
from kubernel.ports.scheduler import Scheduler
from kubernel.ports.store import Store
from kubernel.types.json import JSON


@hookspec(firstresult=True)
def kubernel_open_store(url: str) -> Store | None:
    """Open the store that keeps the cluster's state; called once by each process that serves the API.

    Result: the first plugin that gives a store wins; None for a scheme of somebody else.

    :param url: `scheme://...`, as given to `--store`.
    :returns: an open store that keeps every promise of `kubernel.ports.store`.
    :raises ConfigurationError: the URL is of this plugin but wrong.
    :raises StoreError: the store is away, broken, or in use.

    Called on the main thread before the server listens; opening the same URL twice in one process is allowed to fail.
    Since 0.1.
    """


@hookspec
def kubernel_register_resources(resources: Registrations[ResourceDefinition]) -> None:
    """Add kinds to the API; called once before the server listens.

    Result: every plugin's kinds count; names are `plural.group/version`, and a clash is an error.

    :param resources: where to add; `resources.add(definition.name, definition)`.
    :raises PluginError: a name is taken.

    Called on the main thread, once per process that serves the API. Must not do I/O. Since 0.1.
    """


@hookspec
def kubernel_register_admission(chain: Registrations[Admission]) -> None:
    """Add admission plugins; called once before the server listens.

    Result: every plugin's admission counts; they are asked in order of their names' registration, first all that mutate, then
    all that validate.

    :param chain: where to add, by name.
    :raises PluginError: a name is taken.

    Called on the main thread, once per process that serves the API. Must not do I/O. Since 0.1.
    """


@hookspec
def kubernel_register_auth(authenticators: Registrations[Authenticator], authorizers: Registrations[Authorizer]) -> None:
    """Add ways to recognise users and to judge what they may do; called once before the server listens.

    Result: every plugin's count, asked in order until one has an opinion, after the kernel's own (client certificates, static
    tokens; `system:masters` may do everything).

    :param authenticators: where to add who recognises users, by name.
    :param authorizers: where to add who judges, by name.
    :raises PluginError: a name is taken.

    Called on the main thread, once per process that serves the API. Must not do I/O. Since 0.1.
    """


@hookspec
def kubernel_register_controllers(controllers: Registrations[ControllerFactory]) -> None:
    """Add control loops; called once when the controllers' component starts.

    Result: every plugin's controllers run; a clash of names is an error.

    :param controllers: where to add factories, by the controller's name. A factory is called with its context, once.
    :raises PluginError: a name is taken.

    Called on the main thread. Must not do I/O; the factory may. Since 0.1.
    """


@hookspec(firstresult=True)
def kubernel_open_scheduler(name: str, config: Mapping[str, JSON]) -> Scheduler | None:
    """Open the scheduler that was configured; called once when the scheduler's component starts.

    Result: the first plugin that gives a scheduler wins; None for a name of somebody else.

    :param name: as configured; `default` is the one that kubernel brings.
    :param config: the scheduler's part of the configuration.
    :raises ConfigurationError: the configuration is wrong.

    Called on the main thread; the scheduler is used from one thread. Since 0.1.
    """


@hookspec(firstresult=True)
def kubernel_open_runtime(name: str, config: Mapping[str, JSON]) -> Runtime | None:
    """Open the container runtime of a node; called once when a node agent starts.

    Result: the first plugin that gives a runtime wins; None for a name of somebody else.

    :param name: as given to `--runtime`.
    :param config: the runtime's part of the configuration; always has `state_directory` (a directory of this node's own that
        outlives the process) and `node_name`.
    :raises ConfigurationError: the configuration is wrong, or this host lacks what the runtime needs.

    Called on the main thread; what still runs from an earlier run is taken up again. Since 0.1.
    """


@hookspec(firstresult=True)
def kubernel_open_proxy(name: str, config: Mapping[str, JSON]) -> Proxy | None:
    """Open the service proxy of a node; called once when a node agent starts.

    Result: the first plugin that gives a proxy wins; None for a name of somebody else.

    :param name: as given to `--proxy`.
    :param config: the proxy's part of the configuration; always has `node_name`.
    :raises ConfigurationError: the configuration is wrong, or this host lacks what the proxy needs.

    Called on the main thread. Since 0.1.
    """
