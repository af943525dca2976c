"""Loopback addresses for tests that run beside each other, and beside clusters.

Clusters live below 127.128.0.0 (see `kubernel.types.network`). Each test process has 254 addresses above that, by its process id:
processes share them only when their ids are 32512 apart, and those of one run are close.
"""

import os
from itertools import count

_counted = count()


def own_range() -> str:
    """The /24 of this process."""
    high, low = divmod(os.getpid() % (127 * 256), 256)
    return f"127.{128 + high}.{low}.0/24"


def fresh_address() -> str:
    """An address of this process that none of its last 253 calls gave."""
    return own_range().removesuffix("0/24") + str(1 + next(_counted) % 254)
