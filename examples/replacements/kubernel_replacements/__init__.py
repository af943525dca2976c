"""One small replacement for every part: a store, a scheduler, a runtime, a proxy, and a kind with its controller.

Each is the least that keeps its port's promises; `tests/examples` holds them to the contract suites.
"""

from collections.abc import Mapping

from kubernel.hooks import Registrations, hookimpl
from kubernel.ports.controller import ControllerFactory
from kubernel.ports.proxy import Proxy
from kubernel.ports.resource import ResourceDefinition
from kubernel.ports.runtime import Runtime
from kubernel.ports.scheduler import Scheduler
from kubernel.ports.store import Store
from kubernel.types.json import JSON


@hookimpl
def kubernel_open_store(url: str) -> Store | None:
    from kubernel_replacements.store import DictStore

    return DictStore() if url == "dict://" else None


@hookimpl
def kubernel_open_scheduler(name: str) -> Scheduler | None:
    from kubernel_replacements.scheduler import RoundRobin

    return RoundRobin() if name == "round-robin" else None


@hookimpl
def kubernel_open_runtime(name: str, config: Mapping[str, JSON]) -> Runtime | None:
    from kubernel_replacements.runtime import PretendRuntime

    return PretendRuntime(config) if name == "pretend" else None


@hookimpl
def kubernel_open_proxy(name: str) -> Proxy | None:
    from kubernel_replacements.proxy import RecordedProxy

    return RecordedProxy() if name == "recorded" else None


@hookimpl
def kubernel_register_resources(resources: Registrations[ResourceDefinition]) -> None:
    from kubernel_replacements.backup import BACKUP

    resources.add(BACKUP.name, BACKUP)


@hookimpl
def kubernel_register_controllers(controllers: Registrations[ControllerFactory]) -> None:
    from kubernel_replacements.backup_controller import BackupController

    controllers.add(BackupController.name, BackupController)
