"""Opens a node's runtime, and remembers in the node's directory which one it was.

Pods may outlive their agent: it was killed, or told to leave them. Whoever ends the cluster afterwards finds them by that file,
NODE/runtime.json, with no configuration at hand.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from kubernel.assembly.data_directory import write_atomically
from kubernel.errors import ConfigurationError
from kubernel.hooks.discovery import Loaded
from kubernel.node.ending import end_pods
from kubernel.ports.runtime import Runtime
from kubernel.types.json import JSON

FILE = "runtime.json"
PATIENCE = 3.0
"""Seconds that pods have to end."""


def open_runtime(loaded: Loaded, node: Path, name: str, section: Mapping[str, JSON]) -> Runtime:
    """
    :param node: the node's directory, whose name is the node's.
    :param section: the runtime's part of the configuration file.
    :raises ConfigurationError: no plugin offers that runtime, or this host lacks what it needs.
    """
    config = {**section, "state_directory": str(node / "runtime"), "node_name": node.name}
    runtime: Runtime = loaded.plugins.open("kubernel_open_runtime", name, "runtime", name=name, config=config)
    write_atomically(node / FILE, json.dumps({"name": name, "section": dict(section)}) + "\n")
    return runtime


def end_left_pods(directory: Path, loaded: Loaded) -> int:
    """End what still runs of a cluster whose processes are gone; gives the number of containers that ran.

    :param directory: the cluster's data directory; nobody else may hold it meanwhile.
    :raises ConfigurationError: the file of a node is damaged, or its runtime cannot be opened any more.
    """
    count = 0
    for file in sorted(directory.glob(f"nodes/*/{FILE}")):
        try:
            content = json.loads(file.read_text())
            name, section = content["name"], content["section"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(f"{file} is damaged ({error}); end the node's pods by hand and remove the file") from error
        runtime = open_runtime(loaded, file.parent, name, section)
        count += end_pods(runtime, PATIENCE)
        runtime.close(leave_running=False)
    return count
