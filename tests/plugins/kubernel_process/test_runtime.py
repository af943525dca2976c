"""The process runtime keeps the runtime's promises with real processes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kubernel.ports.runtime import Runtime
from kubernel.testing.contracts.runtime import RuntimeContract
from kubernel_process.config import read_config
from kubernel_process.runtime import ProcessRuntime


class TestProcessRuntime(RuntimeContract):
    @pytest.fixture
    def open_runtime(self, tmp_path: Path) -> Callable[[], Runtime]:
        return lambda: ProcessRuntime(read_config({"state_directory": str(tmp_path), "node_name": "node"}))
