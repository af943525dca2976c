"""What can be set for the proxy, and what it is when nobody sets it."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from kubernel.errors import ConfigurationError
from kubernel.types.json import JSON


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """Times are in seconds, sizes in bytes.

    `node_port_addresses` are the addresses of this host on which node ports listen; loopback alone is the default, so that a
    cluster on a laptop does not show its services to the network.
    """

    node_name: str = ""
    node_port_addresses: tuple[str, ...] = ("127.0.0.1",)
    connect_timeout: float = 5.0
    udp_timeout: float = 60.0
    udp_sessions: int = 4096
    """How many clients one UDP port remembers; the one that was silent longest makes room for a new one."""
    buffer_size: int = 256 * 1024

    @classmethod
    def read(cls, config: Mapping[str, JSON]) -> "ProxyConfig":
        """The configuration from its section of the file; unknown keys are left to others.

        :raises ConfigurationError: a value is not what its key wants.
        """
        default = cls()
        return cls(
            node_name=str(config.get("node_name", default.node_name)),
            node_port_addresses=_addresses(config.get("node_port_addresses", default.node_port_addresses)),
            connect_timeout=_positive(config, "connect_timeout", default.connect_timeout),
            udp_timeout=_positive(config, "udp_timeout", default.udp_timeout),
            udp_sessions=int(_positive(config, "udp_sessions", default.udp_sessions)),
            buffer_size=int(_positive(config, "buffer_size", default.buffer_size)),
        )


def _positive(config: Mapping[str, JSON], key: str, default: float) -> float:
    value = config.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ConfigurationError(f"proxy userspace: {key} must be a number above 0, found {value!r}")
    return value


def _addresses(value: JSON) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise ConfigurationError(f"proxy userspace: node_port_addresses must be a list of addresses, found {value!r}")
    for address in value:
        try:
            ipaddress.ip_address(address)
        except ValueError as error:
            raise ConfigurationError(f"proxy userspace: node_port_addresses: {error}") from error
    return tuple(str(address) for address in value)
