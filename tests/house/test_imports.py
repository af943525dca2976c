"""Every module imports alone, in a process where nothing of kubernel is loaded; and the floors hold."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("kernel", "plugins", "providers")

# One interpreter is started; it forks once per module, so that each import begins from nothing of ours.
IMPORT_EACH = """
import os, sys, traceback
failed = False
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        try:
            __import__(name)
        except BaseException:
            sys.stderr.write(name + " does not import alone:\\n" + traceback.format_exc())
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    failed |= os.waitpid(child, 0)[1] != 0
sys.exit(failed)
"""

IMPORT_WITHOUT = """
import sys
for name in sys.argv[2].split(","):
    __import__(name)
loaded = [name for name in sys.argv[1].split(",") if name in sys.modules]
sys.exit("loads " + ", ".join(loaded) if loaded else 0)
"""


def modules() -> list[str]:
    found = []
    for source in SOURCES:
        for path in (ROOT / source).glob("*/**/*.py"):
            parts = path.relative_to(ROOT / source).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(name for name in found if not name.endswith("__main__"))


def run(script: str, *arguments: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / source) for source in SOURCES)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_module_imports_alone() -> None:
    run(IMPORT_EACH, *modules())


@pytest.mark.parametrize(
    ("process", "roots", "heavy"),
    [
        ("the API server", "kubernel.assembly.server,kubernel.cli.up", "numpy,rich,urllib3,psutil,aiohttp,prometheus_client"),
        ("the components", "kubernel.assembly.components,kubernel.client.http", "flask,marshmallow,rich,apispec"),
        ("the command line", "kubernel.cli", "flask,marshmallow,rich,numpy,uvicorn,cryptography,yaml"),
    ],
)
def test_a_process_loads_nothing_heavy_that_it_does_not_need(process: str, roots: str, heavy: str) -> None:
    run(IMPORT_WITHOUT, heavy, roots)


def test_the_floors_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
