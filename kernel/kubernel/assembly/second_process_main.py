"""The second process of `kubernel up`, from inside: scheduler, controllers and nodes over the HTTP client.

What takes long to import is imported before the orders are read, while the first process opens its store.
"""

import json
import logging
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from kubernel.assembly.components import Components
from kubernel.assembly.facts import ClusterFacts, NodeIdentity
from kubernel.assembly.limits import allow_many_files, tune_interpreter
from kubernel.assembly.logs import log_to_stderr
from kubernel.assembly.second_process import ERROR, READY, STOP
from kubernel.assembly.settings import Settings
from kubernel.client.http import HttpClient
from kubernel.client.kubeconfig import ClientConfig
from kubernel.errors import KernelError
from kubernel.hooks.discovery import load_plugins

_log = logging.getLogger("kubernel.assembly")


def _settings(content: dict[str, Any]) -> Settings:
    content["data_directory"] = Path(content["data_directory"])
    content["block"] = tuple(content["block"])
    return Settings(**content)


def _node(content: dict[str, Any]) -> NodeIdentity:
    name = content.pop("name")
    return NodeIdentity(name, **{key: Path(value) for key, value in content.items()})


def _say(word: str, rest: str) -> None:
    print(word, rest, flush=True)  # noqa: T201 - the first process reads it


def main() -> None:
    """Read the orders, start, and wait for the word to stop; the end of the input means that the first process is gone."""
    log_to_stderr()
    allow_many_files()
    tune_interpreter()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    loaded_early = load_plugins()
    line = sys.stdin.readline()
    if not line:
        return
    orders = json.loads(line)
    settings = _settings(orders["settings"])
    loaded = load_plugins(block=settings.block) if settings.block else loaded_early
    config = ClientConfig(
        server=orders["url"],
        ca_data=Path(orders["ca"]).read_bytes(),
        client_certificate_data=Path(orders["certificate"]).read_bytes(),
        client_key_data=Path(orders["key"]).read_bytes(),
    )
    components = Components(settings, loaded, HttpClient(config), ClusterFacts(**orders["facts"]))
    word: list[str] = []

    def listen() -> None:
        word.append(sys.stdin.readline().strip())
        ended.set()

    threading.Thread(target=listen, name="orders", daemon=True).start()
    try:
        components.start_all([_node(node) for node in orders["nodes"]])
        for name in components.ready_nodes(ended):
            _say(READY, name)
        ended.wait()
    except KernelError as error:
        _log.error("%s", error)
        _say(ERROR, str(error))
        sys.exit(1)
    finally:
        components.stop(leave_pods=word[:1] != [STOP])


if __name__ == "__main__":
    main()
