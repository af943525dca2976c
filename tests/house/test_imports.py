"""Every module imports alone, in a process where nothing of kubernel is loaded; and the floors hold."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("kernel", "plugins", "providers")

# What others wrote and ours build on; it is loaded once, since only ours is to begin from nothing.
OTHERS = (
    "apispec",
    "asyncio",
    "cryptography.x509",
    "flask",
    "http.client",
    "marshmallow",
    "numpy",
    "orjson",
    "prometheus_client",
    "psutil",
    "pytest",
    "rich.console",
    "ssl",
    "urllib3",
    "uvicorn",
    "uvloop",
    "yaml",
)

# One interpreter is started; it forks once per module, as many at a time as there are processors. What one has compiled, the next
# takes from the directory that is given.
IMPORT_EACH = """
import gc, os, sys, traceback
for name in sys.argv[1].split(","):
    __import__(name)
sys.dont_write_bytecode, sys.pycache_prefix = False, sys.argv[2]
assert not any(name.startswith("kubernel") for name in sys.modules)
gc.disable()
gc.freeze()
children, failed = set(), False

def reap():
    global failed
    child, status = os.wait()
    children.remove(child)
    failed |= status != 0

for name in sys.argv[3:]:
    if len(children) >= len(os.sched_getaffinity(0)):
        reap()
    child = os.fork()
    if child == 0:
        try:
            __import__(name)
        except BaseException:
            sys.stderr.write(name + " does not import alone:\\n" + traceback.format_exc())
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    children.add(child)
while children:
    reap()
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
    environment["OPENBLAS_NUM_THREADS"] = "1"  # a process that forks has one thread

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_module_imports_alone(tmp_path: Path) -> None:
    run(IMPORT_EACH, ",".join(OTHERS), str(tmp_path), *modules())


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
