"""Tools that tests need: absent ones skip the test with a reason, except where the run demands them all."""

import os
import shutil

import pytest

DEMANDED = bool(os.environ.get("KUBERNEL_REQUIRE_TOOLS"))


def require(tool: str) -> str:
    """The path of a program on this host; skips (or, where every tool is demanded, fails) the test when there is none."""
    path = shutil.which(tool)
    if path is None:
        reason = f"{tool} is not installed"
        if DEMANDED:
            pytest.fail(f"{reason}, and this run demands every tool")
        pytest.skip(reason)
    return path
