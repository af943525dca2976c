"""What all listeners of one proxy share: the loop, the buffer, the limits, and the connections that are under way."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from kubernel_proxy.config import ProxyConfig


class Closable(Protocol):
    def close(self) -> None: ...


@dataclass(slots=True)
class Engine:
    """One buffer serves every connection: what is read is written on at once, and only what a slow peer does not take yet is
    copied and kept with its connection. An idle connection therefore costs no buffer."""

    loop: asyncio.AbstractEventLoop
    config: ProxyConfig
    buffer: bytearray = field(init=False)
    view: memoryview = field(init=False)
    connections: set[Closable] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.buffer = bytearray(self.config.buffer_size)
        self.view = memoryview(self.buffer)
