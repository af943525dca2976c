"""Pods as plain processes of this host: the default runtime. No root, no daemon, no image is needed."""

from collections.abc import Mapping

from kubernel.hooks import hookimpl
from kubernel.ports.runtime import Runtime
from kubernel.types.json import JSON


@hookimpl
def kubernel_open_runtime(name: str, config: Mapping[str, JSON]) -> Runtime | None:
    if name != "process":
        return None
    from kubernel_process.config import read_config
    from kubernel_process.runtime import ProcessRuntime

    return ProcessRuntime(read_config(config))
