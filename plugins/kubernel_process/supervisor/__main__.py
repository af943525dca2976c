"""Started by path, not as a module: `python -I -S .../supervisor/__main__.py DIRECTORY`.

Importing the plugin's package in the usual way would import the kernel's hooks and with them half of what the supervisor wants
to do without. So the package is put in place by hand, without running its `__init__`, and only then are modules imported.
"""

import sys
from pathlib import Path
from types import ModuleType


def main() -> int:
    package = ModuleType("kubernel_process")
    package.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules["kubernel_process"] = package
    from kubernel_process.supervisor.launch import launch

    return launch(Path(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
