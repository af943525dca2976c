"""Loading plugins: first-party and strangers' alike come from entry points of the group `kubernel`.

Each entry point is loaded in its own `try`: a plugin that fails to import is set aside and reported by name, so that one
broken package cannot take the command line with it. A misspelt hook is an error of its plugin, never silence.
"""

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

import pluggy

from kubernel.errors import PluginError
from kubernel.hooks.manager import Plugins
from kubernel.hooks.markers import PROJECT

GROUP = "kubernel"


@dataclass(frozen=True, slots=True)
class PluginReport:
    """One line of `kubernel plugins`; `state` is active, blocked or broken, `reason` says why it is not active."""

    name: str
    version: str
    module: str
    state: str
    reason: str = ""
    hooks: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The manager, and what became of every plugin that was found."""

    plugins: Plugins
    reports: Sequence[PluginReport]

    def require(self, name: str) -> None:
        """:raises PluginError: the plugin of this name was found but is broken or blocked."""
        for report in self.reports:
            if report.name == name and report.state != "active":
                raise PluginError(f"plugin {name!r} is {report.state}: {report.reason}")


def load_plugins(
    *, block: Iterable[str] = (), extra: Iterable[tuple[str, object]] = (), points: Iterable[EntryPoint] | None = None
) -> Loaded:
    """Find and load every plugin.

    :param block: names of plugins to leave out.
    :param extra: further plugins as (name, module or object), for tests and for who builds a cluster in its own process.
    :param points: the entry points to load instead of the installed ones.
    """
    from kubernel.hooks import specs

    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(specs)
    blocked = set(block)
    reports: list[PluginReport] = []
    found = sorted(points if points is not None else entry_points(group=GROUP), key=lambda point: point.name)
    for point in found:
        version = point.dist.version if point.dist else ""
        if point.name in blocked:
            reports.append(PluginReport(point.name, version, point.value, "blocked", "named in the block list"))
            continue
        try:
            plugin = point.load()
        except Exception as error:  # noqa: BLE001 - whatever a stranger's import raises is reported, not spread
            reason = f"{type(error).__name__}: {error}"
            reports.append(PluginReport(point.name, version, point.value, "broken", reason))
            continue
        reports.append(_register(manager, point.name, version, point.value, plugin))
    for name, plugin in extra:
        module = plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__name__
        report = _register(manager, name, "", module, plugin)
        if report.state == "broken":
            raise PluginError(f"plugin {name!r}: {report.reason}")
        reports.append(report)
    return Loaded(Plugins(manager), tuple(reports))


def _register(manager: pluggy.PluginManager, name: str, version: str, module: str, plugin: object) -> PluginReport:
    wrong = _misspelt(plugin, manager)
    if wrong:
        return PluginReport(name, version, module, "broken", f"unknown hook {wrong!r}; see the reference of the hooks")
    try:
        manager.register(plugin, name)
    except (pluggy.PluginValidationError, ValueError) as error:
        if manager.has_plugin(name):
            manager.unregister(name=name)
        return PluginReport(name, version, module, "broken", " ".join(str(error).split()))
    hooks = Plugins(manager).hooks_of(name)
    return PluginReport(name, version, module, "active", "", tuple(hooks))


def _misspelt(plugin: object, manager: pluggy.PluginManager) -> str:
    """The first marked hook of a plugin that no spec knows: checked here, so that the rest of the plugins can go on."""
    for name, member in inspect.getmembers(plugin, callable):
        if hasattr(member, f"{PROJECT}_impl") and not hasattr(manager.hook, name):
            return name
    return ""
