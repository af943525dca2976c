"""Telling never fails, whoever listens."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from kubernel.cli.terminal import tell
for number in range(3):
    tell(f"line {number}")
print("went on", file=sys.stderr)
"""


@pytest.mark.parametrize("where", ["|true", ">&-", ">/dev/full"])
def test_telling_nobody_changes_nothing(where: str) -> None:
    line = f'"$0" -c "$1" {where}'
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line, sys.executable, SCRIPT], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr == "went on\n"


def test_lines_arrive_in_order() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout == "line 0\nline 1\nline 2\n"
