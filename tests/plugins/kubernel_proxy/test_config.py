"""The hook and the configuration of the user-space proxy."""

import pytest

from kubernel.errors import ConfigurationError
from kubernel.types.json import Object
from kubernel_proxy import kubernel_open_proxy
from kubernel_proxy.config import ProxyConfig
from kubernel_proxy.proxy import UserspaceProxy


def test_the_hook_opens_the_userspace_proxy_and_no_other() -> None:
    proxy = kubernel_open_proxy("userspace", {"node_name": "node-a"})
    assert isinstance(proxy, UserspaceProxy)
    assert proxy.capabilities.protocols == {"TCP", "UDP"}
    assert not proxy.capabilities.needs_root
    proxy.close()
    assert kubernel_open_proxy("other", {}) is None


def test_everything_can_be_set() -> None:
    config = ProxyConfig.read({"node_name": "a", "node_port_addresses": ["127.0.0.1", "::1"], "udp_timeout": 5, "other": 1})
    assert config.node_port_addresses == ("127.0.0.1", "::1")
    assert (config.node_name, config.udp_timeout, config.connect_timeout) == ("a", 5, 5.0)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"connect_timeout": 0}, "connect_timeout must be a number above 0, found 0"),
        ({"udp_sessions": "many"}, "udp_sessions must be a number above 0, found 'many'"),
        ({"udp_timeout": True}, "udp_timeout must be"),
        ({"node_port_addresses": "127.0.0.1"}, "must be a list of addresses"),
        ({"node_port_addresses": ["localhost"]}, "does not appear to be an IPv4 or IPv6 address"),
    ],
)
def test_wrong_values_say_what_was_expected(config: Object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        kubernel_open_proxy("userspace", config)
