"""Services in user space: one event loop carries every connection of a node, and nothing needs root."""

from collections.abc import Mapping

from kubernel.hooks import hookimpl
from kubernel.ports.proxy import Proxy
from kubernel.types.json import JSON

NAME = "userspace"


@hookimpl
def kubernel_open_proxy(name: str, config: Mapping[str, JSON]) -> Proxy | None:
    """The proxy `userspace`."""
    if name != NAME:
        return None
    from kubernel_proxy.config import ProxyConfig
    from kubernel_proxy.proxy import UserspaceProxy

    return UserspaceProxy(ProxyConfig.read(config))
