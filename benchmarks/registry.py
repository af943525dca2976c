"""What the registry costs, in CPU time and memory, on any store: creating, reading, listing, paging, following.

    python benchmarks/registry.py sqlite:///bench.db
    python benchmarks/registry.py sqlite:// --objects 5000

The store is opened through the plugins, as the server does it. ConfigMaps of about 700 bytes are created 64 at a time; every
other number is the best of several tries, since what disturbs them is never the registry's own doing.
"""

import argparse
import time
from collections.abc import Callable, Sequence

import psutil

from kubernel.hooks.discovery import load_plugins
from kubernel.machinery.clock import SystemClock
from kubernel.objects import kinds
from kubernel.registry.flow import block, together
from kubernel.registry.registry import Registry
from kubernel.registry.requests import CacheEvent, ListOptions, WriteOptions
from kubernel.registry.table import ResourceTable
from kubernel.types.json import Object
from kubernel.types.selectors import parse_label_selector

OPTIONS = WriteOptions()
SIDE_BY_SIDE = 64


class Counter:
    """A subscriber that counts."""

    def __init__(self) -> None:
        self.count = 0

    def events(self, events: Sequence[CacheEvent], revision: int) -> None:
        self.count += len(events)

    def failed(self, error: Exception) -> None:
        """The end of the benchmark."""


def config_map(number: int) -> Object:
    metadata = {"name": f"cm-{number:06}", "labels": {"app": "bench", "shard": str(number % 10)}}
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": {"text": "x" * 400}}


def best(what: str, call: Callable[[], object], tries: int = 5) -> None:
    """Print the shortest time that a call took."""
    times = []
    for _ in range(tries):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    print(f"{what:<44}{min(times) * 1000:10.3f} ms")


def memory() -> float:
    """Resident megabytes of this process."""
    return float(psutil.Process().memory_info().rss) / 1e6


def create(registry: Registry, count: int) -> None:
    """Fill a namespace, and print what an object cost."""
    definition = registry.table.find("", "v1", "configmaps")
    begin, cpu = time.perf_counter(), time.process_time()
    for start in range(0, count, SIDE_BY_SIDE):
        numbers = range(start, min(start + SIDE_BY_SIDE, count))
        block(together([registry.create(definition, "bench", config_map(number), OPTIONS) for number in numbers]))
    elapsed, cpu = time.perf_counter() - begin, time.process_time() - cpu
    print(f"{'create, the store included':<44}{cpu / count * 1e6:10.1f} us CPU, {count / elapsed:.0f} per second")


def read(registry: Registry) -> None:
    """Time the ways of reading what was created."""
    definition = registry.table.find("", "v1", "configmaps")
    every = ListOptions()
    best("get, a thousand times", lambda: [registry.get(definition, "bench", "cm-000001") for _ in range(1000)])
    best("list everything", lambda: registry.list(definition, "", every))
    best("list a namespace", lambda: registry.list(definition, "bench", every))
    best("join the list's bytes", lambda: b",".join([c.encoded for c in registry.list(definition, "", every).items]))
    first = registry.list(definition, "bench", ListOptions(limit=500))
    following = ListOptions(limit=500, continue_token=first.continue_token)
    best("a page of 500", lambda: registry.list(definition, "bench", following))
    selection = ListOptions(labels=parse_label_selector("shard=3"))
    best("list a tenth by label", lambda: registry.list(definition, "", selection))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--objects", type=int, default=48_000)
    arguments = parser.parse_args()
    store = load_plugins().plugins.open("kubernel_open_store", arguments.url, "store", url=arguments.url)
    registry = Registry(store, ResourceTable(kinds()), clock=SystemClock())
    namespaces = registry.table.find("", "v1", "namespaces")
    block(registry.create(namespaces, "", {"metadata": {"name": "bench"}}, OPTIONS))
    before = memory()
    counter = Counter()
    registry.subscribe(registry.table.find("", "v1", "configmaps"), None, counter)
    create(registry, arguments.objects)
    print(f"{'events followed':<44}{counter.count:10}")
    print(f"{'memory, before and after':<44}{before:10.0f} MB, {memory():.0f} MB")
    read(registry)
    print(f"{'memory after reading':<44}{memory():10.0f} MB")
    registry.close()
    store.close()


if __name__ == "__main__":
    main()
