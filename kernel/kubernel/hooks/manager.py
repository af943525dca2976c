"""The plugin manager: one function builds it, it is handed down, nothing is global.

`Plugins` is a typed face over pluggy, so that the rest of the kernel never meets an untyped hook call: `open_*` asks, and
`collect` gathers what every plugin registers, knowing who added what.
"""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import pluggy

from kubernel.errors import ConfigurationError, PluginError

Item = TypeVar("Item")


class Registrations(Generic[Item]):
    """What the plugins registered with one hook, by name, in order; each entry remembers its plugin."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._items: dict[str, tuple[str, Item]] = {}
        self._plugin = "kernel"

    def by(self, plugin: str) -> "Registrations[Item]":
        """From now on `add` is on behalf of this plugin."""
        self._plugin = plugin
        return self

    def add(self, name: str, item: Item) -> None:
        """:raises PluginError: the name is taken; the message names both plugins."""
        if name in self._items:
            owner = self._items[name][0]
            raise PluginError(f"{self._what} {name!r} is registered by plugin {owner!r} and by plugin {self._plugin!r}")
        self._items[name] = (self._plugin, item)

    def plugin_of(self, name: str) -> str:
        """Which plugin added this name."""
        return self._items[name][0]

    def __iter__(self) -> Iterator[tuple[str, Item]]:
        return ((name, item) for name, (_, item) in self._items.items())

    def __len__(self) -> int:
        return len(self._items)


class Plugins:
    """The loaded plugins; built by `kubernel.hooks.discovery.load_plugins`."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager

    def open(self, hook: str, asked: str, what: str, **arguments: Any) -> Any:
        """Ask the plugins of an open hook in turn.

        :param asked: what the user named, for the message.
        :param what: the kind of thing, for the message.
        :raises ConfigurationError: no plugin knows it.
        """
        found = getattr(self._manager.hook, hook)(**arguments)
        if found is None:
            raise ConfigurationError(f"no plugin offers the {what} {asked!r}; `kubernel plugins` lists what is installed")
        return found

    def collect(self, hook: str, **registrations: Registrations[Any]) -> None:
        """Call a register hook on every plugin in the order in which they were loaded.

        :raises PluginError: two plugins add the same name, or a plugin's code fails; the message names it.
        """
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            for registration in registrations.values():
                registration.by(implementation.plugin_name)
            wanted = {name: registrations[name] for name in implementation.argnames}
            function: Callable[..., None] = implementation.function
            function(**wanted)

    def hooks_of(self, name: str) -> list[str]:
        """The hooks that a loaded plugin implements, in the order of the specs."""
        plugin = self._manager.get_plugin(name)
        callers = self._manager.get_hookcallers(plugin) if plugin is not None else None
        return sorted(caller.name for caller in callers or ())

    @property
    def names(self) -> list[str]:
        return [name for name, plugin in self._manager.list_name_plugin() if plugin is not None]
