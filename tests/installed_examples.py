"""Examples as they are after `pip install`: modules on the path, and the entry points of their pyproject.toml beside them."""

import os
import tomllib
from pathlib import Path

from example_plugins import EXAMPLES


def install(directory: Path, *folders: str) -> str:
    """Make the examples findable from a directory; gives the PYTHONPATH that makes it so."""
    for folder in folders:
        project = tomllib.loads((EXAMPLES / folder / "pyproject.toml").read_text())["project"]
        info = directory / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
        points = project["entry-points"]["kubernel"].items()
        (info / "entry_points.txt").write_text("[kubernel]\n" + "".join(f"{name} = {module}\n" for name, module in points))
    places = [str(directory), *(str(EXAMPLES / folder) for folder in folders)]
    return os.pathsep.join([*places, *filter(None, [os.environ.get("PYTHONPATH", "")])])
