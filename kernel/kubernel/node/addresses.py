"""Addresses for pods, out of the node's range: each pod has one for as long as its sandbox lives.

Nothing is written down: after a restart the sandboxes say which addresses are taken. An address that was given back is the last
to be given out again, so that a client that still remembers it does not meet a stranger at once.
"""

import threading
from ipaddress import IPv4Address, IPv6Address, ip_network

from kubernel.ports.runtime import RuntimeFault


class AddressPool:
    """See the module. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._range: str = ""
        self._first = self._last = self._next = 0
        self._kind: type[IPv4Address] | type[IPv6Address] = IPv4Address
        self._taken: dict[str, str] = {}

    def set_range(self, cidr: str) -> None:
        """Give out addresses of this range from now on; the first and the last of it never."""
        with self._lock:
            if not cidr or cidr == self._range:
                return
            network = ip_network(cidr)
            self._range = cidr
            self._kind = type(network.network_address)
            self._first = int(network.network_address) + 1
            self._last = int(network.broadcast_address) - 1
            self._next = self._first

    @property
    def ready(self) -> bool:
        """Whether there is a range to give from."""
        return bool(self._range)

    def reserve(self, address: str, uid: str) -> None:
        """A running sandbox of this pod has the address already."""
        with self._lock:
            self._taken[address] = uid

    def take(self, uid: str) -> str:
        """The pod's address; the same one as long as it is not given back.

        :raises RuntimeFault: there is no range, or all of it is taken.
        """
        with self._lock:
            for address, owner in self._taken.items():
                if owner == uid:
                    return address
            if not self._range:
                raise RuntimeFault("this node has no range of pod addresses yet")
            for _ in range(self._last - self._first + 1):
                candidate = str(self._kind(self._next))
                self._next = self._next + 1 if self._next < self._last else self._first
                if candidate not in self._taken:
                    self._taken[candidate] = uid
                    return candidate
        raise RuntimeFault(f"every address of {self._range} is taken")

    def release(self, uid: str) -> None:
        """The pod is gone."""
        with self._lock:
            for address in [address for address, owner in self._taken.items() if owner == uid]:
                del self._taken[address]
