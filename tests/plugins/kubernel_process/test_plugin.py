"""The plugin answers to its name, and its configuration reaches the runtime."""

from pathlib import Path

import pytest

from kubernel.errors import ConfigurationError
from kubernel.hooks.discovery import load_plugins
from kubernel.ports.runtime import Runtime
from kubernel_process import kubernel_open_runtime


def test_the_runtime_is_opened_by_its_name(tmp_path: Path) -> None:
    assert kubernel_open_runtime("other", {}) is None
    runtime = kubernel_open_runtime("process", {"state_directory": str(tmp_path), "images": {"mine": {"command": ["true"]}}})
    assert runtime is not None
    assert runtime.status().name == "process"
    assert runtime.image_present("mine:1")
    runtime.close(leave_running=False)


def test_the_hook_is_found_like_a_strangers(tmp_path: Path) -> None:
    plugins = load_plugins().plugins
    config = {"state_directory": str(tmp_path), "node_name": "a"}
    runtime: Runtime = plugins.open("kubernel_open_runtime", "process", "runtime", name="process", config=config)
    assert runtime.status().ready
    runtime.close(leave_running=False)


def test_a_wrong_configuration_is_an_error_of_the_user() -> None:
    with pytest.raises(ConfigurationError, match="state_directory is missing"):
        kubernel_open_runtime("process", {"node_name": "a"})
