"""The operator of the how-to, tested as its page says: by a suite that knows nothing of this repository."""

import subprocess
import sys

import pytest

from example_plugins import EXAMPLES


def test_the_suite_of_the_how_to_passes() -> None:
    pytest.importorskip("kubernetes")
    folder = EXAMPLES / "operator"
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
