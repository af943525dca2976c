"""Loading plugins: what is broken is named and set aside, what is misspelt is an error, nobody takes the rest along."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from kubernel.errors import ConfigurationError, PluginError
from kubernel.hooks import Registrations, hookimpl
from kubernel.hooks.discovery import Loaded, load_plugins


class NamesMemory:
    """Opens `memory://` stores, as a text that stands for one."""

    @hookimpl
    def kubernel_open_store(self, url: str) -> object | None:
        return f"opened {url}" if url.startswith("memory:") else None


class BreaksOnOpening:
    @hookimpl
    def kubernel_open_store(self, url: str) -> object | None:
        raise ConfigurationError(f"mine, but not to be opened: {url}")


class Registers:
    def __init__(self, *names: str) -> None:
        self._names = names

    @hookimpl
    def kubernel_register_controllers(self, controllers: Registrations[object]) -> None:
        for name in self._names:
            controllers.add(name, object())


class Misspells:
    @hookimpl
    def kubernel_open_stroe(self, url: str) -> None: ...


class WrongArguments:
    @hookimpl
    def kubernel_open_store(self, address: str) -> None: ...


def load(**plugins: object) -> Loaded:
    return load_plugins(points=(), extra=plugins.items())


def module_point(directory: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str) -> EntryPoint:
    """An entry point to a module written for the occasion."""
    (directory / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(directory)
    monkeypatch.delitem(sys.modules, name, raising=False)
    return EntryPoint(name, name, "kubernel")


def test_a_plugin_that_fails_to_import_is_named_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = module_point(tmp_path, monkeypatch, "broken_plugin", "import no_such_module_anywhere")
    well = module_point(tmp_path, monkeypatch, "well_plugin", "")
    loaded = load_plugins(points=[broken, well])
    states = {report.name: (report.state, report.reason) for report in loaded.reports}
    assert states["broken_plugin"] == ("broken", "ModuleNotFoundError: No module named 'no_such_module_anywhere'")
    assert states["well_plugin"] == ("active", "")
    assert loaded.plugins.names == ["well_plugin"]


def test_a_broken_plugin_that_was_configured_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_plugins(points=[module_point(tmp_path, monkeypatch, "sad_plugin", "raise RuntimeError('no disk')")])
    with pytest.raises(PluginError, match="'sad_plugin' is broken: RuntimeError: no disk"):
        loaded.require("sad_plugin")


def test_a_blocked_plugin_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point = module_point(tmp_path, monkeypatch, "unwanted_plugin", "raise SystemExit('imported')")
    [report] = load_plugins(points=[point], block=["unwanted_plugin"]).reports
    assert (report.state, report.reason) == ("blocked", "named in the block list")
    assert "unwanted_plugin" not in sys.modules


@pytest.mark.parametrize(("plugin", "complaint"), [(Misspells(), "kubernel_open_stroe"), (WrongArguments(), "address")])
def test_a_misspelt_hook_or_argument_is_an_error_of_its_plugin(plugin: object, complaint: str) -> None:
    with pytest.raises(PluginError, match=complaint):
        load(wrong=plugin)


def test_a_misspelt_hook_of_an_installed_plugin_sets_only_it_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "from kubernel.hooks import hookimpl\n@hookimpl\ndef kubernel_opne_store(url): ..."
    wrong = module_point(tmp_path, monkeypatch, "typo_plugin", source)
    right = module_point(tmp_path, monkeypatch, "right_plugin", "")
    loaded = load_plugins(points=[wrong, right])
    assert {report.name: report.state for report in loaded.reports} == {"typo_plugin": "broken", "right_plugin": "active"}


def test_open_asks_until_a_plugin_answers() -> None:
    plugins = load(a=NamesMemory(), b=Registers()).plugins
    assert plugins.open("kubernel_open_store", "memory://x", "store", url="memory://x") == "opened memory://x"


def test_open_without_an_answer_says_what_nobody_offers() -> None:
    plugins = load(a=NamesMemory()).plugins
    with pytest.raises(ConfigurationError, match="no plugin offers the store 'tape://x'"):
        plugins.open("kubernel_open_store", "tape://x", "store", url="tape://x")


def test_an_exception_of_an_open_hook_is_not_taken_for_no() -> None:
    plugins = load(a=BreaksOnOpening()).plugins
    with pytest.raises(ConfigurationError, match="mine, but not to be opened"):
        plugins.open("kubernel_open_store", "memory://x", "store", url="memory://x")


def test_register_gathers_from_every_plugin_in_order_and_knows_who_added_what() -> None:
    controllers: Registrations[object] = Registrations("controller")
    load(first=Registers("a", "b"), second=Registers("c")).plugins.collect(
        "kubernel_register_controllers", controllers=controllers
    )
    assert [name for name, _ in controllers] == ["a", "b", "c"]
    assert controllers.plugin_of("c") == "second"


def test_a_clash_of_names_is_an_error_that_names_both_plugins() -> None:
    controllers: Registrations[object] = Registrations("controller")
    plugins = load(first=Registers("a"), second=Registers("a")).plugins
    with pytest.raises(PluginError, match="controller 'a' is registered by plugin 'first' and by plugin 'second'"):
        plugins.collect("kubernel_register_controllers", controllers=controllers)


def test_the_report_lists_the_hooks_of_each_plugin() -> None:
    [report] = load(memory=NamesMemory()).reports
    assert (report.name, report.module, report.hooks) == ("memory", "NamesMemory", ("kubernel_open_store",))


def test_a_module_is_a_plugin_as_well_as_an_object() -> None:
    module = ModuleType("a_module_plugin")
    module.kubernel_open_store = NamesMemory().kubernel_open_store  # type: ignore[attr-defined]
    assert load(module=module).plugins.names == ["module"]
