"""Load on any store: how many commits and rows it takes a second, how soon a watch is told, how fast it reads.

    python benchmarks/store.py sqlite:///bench.db
    python benchmarks/store.py sqlite:// --writers 1,16,64 --seconds 1 --runs 5

The store is opened through the plugins, as the server does it. A writer is a connection of the server: it commits, and when
that is acknowledged it commits again. Numbers are medians over the runs, with the slowest and the fastest beside them.
"""

import argparse
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from kubernel.hooks.discovery import load_plugins
from kubernel.ports.store import Change, Put, Store


class Stopwatch:
    """A watcher that notes when each revision came."""

    def __init__(self) -> None:
        self.came: dict[int, float] = {}

    def changed(self, changes: Sequence[Change], revision: int) -> None:
        now = time.perf_counter()
        for change in changes:
            self.came[change.revision] = now

    def failed(self, error: Exception) -> None:
        self.came.clear()


class Writers:
    """So many commits under way at any time, each followed by the next one as soon as it is acknowledged."""

    def __init__(self, store: Store, count: int, operations: Callable[[int], Sequence[Put]]) -> None:
        self._store, self._operations = store, operations
        self._number = 0
        self._done = 0
        self._until = 0.0
        self._waiting = count
        self._all_done = threading.Event()
        self._count = count

    def run(self, seconds: float) -> float:
        """Acknowledged commits a second."""
        start = time.perf_counter()
        self._until = start + seconds
        for _ in range(self._count):
            self._next()
        self._all_done.wait()
        return self._done / (time.perf_counter() - start)

    def _next(self) -> None:
        self._number += 1
        self._store.commit(self._operations(self._number)).add_done_callback(self._acknowledged)

    def _acknowledged(self, commit: Future[int]) -> None:
        commit.result()
        self._done += 1
        if time.perf_counter() < self._until:
            self._next()
            return
        self._waiting -= 1
        if self._waiting == 0:
            self._all_done.set()


def one_by_one(store: Store, operations: Callable[[int], Sequence[Put]], seconds: float) -> float:
    """A thread that waits for each commit."""
    start = time.perf_counter()
    number = 0
    while time.perf_counter() < start + seconds:
        number += 1
        store.commit(operations(number)).result()
    return number / (time.perf_counter() - start)


def watch_latency(store: Store, value: bytes, seconds: float) -> float:
    """Median microseconds from asking for a commit until a watch is told of it."""
    watcher = Stopwatch()
    watch = store.watch("/bench/watch/", store.revision(), watcher)
    asked: dict[int, float] = {}
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        asked[store.commit([Put("/bench/watch/x", value)]).result()] = now
    while len(watcher.came) < len(asked):
        time.sleep(0.01)
    watch.close()
    return statistics.median(watcher.came[revision] - asked[revision] for revision in asked) * 1e6


def reads(store: Store, keys: int, seconds: float) -> float:
    start = time.perf_counter()
    number = 0
    while time.perf_counter() < start + seconds:
        store.get(f"/bench/update/{number % keys}")
        number += 1
    return number / (time.perf_counter() - start)


def report(what: str, numbers: list[float], unit: str) -> None:
    print(f"{what:48} {statistics.median(numbers):10,.0f} {unit:14} ({min(numbers):,.0f} to {max(numbers):,.0f})", flush=True)


def measure(store: Store, writers: Sequence[int], seconds: float, runs: int, value: bytes) -> None:
    keys = 5000
    for at in range(0, keys, 250):
        store.commit([Put(f"/bench/update/{number}", value) for number in range(at, at + 250)]).result()
    rounds = iter(range(1_000_000))

    def creations(rows: int) -> Callable[[int], Sequence[Put]]:
        # Spread over the keys as objects of many namespaces are, so that no tree only grows at its end.
        salt = next(rounds)
        return lambda n: [Put(f"/bench/create/{(n * 7919) % 1000}/{salt}-{n}-{r}", value, 0) for r in range(rows)]

    def updates(number: int) -> Sequence[Put]:
        return [Put(f"/bench/update/{(number * 7919) % keys}", value)]

    report("1 thread waiting for each create", [one_by_one(store, creations(1), seconds) for _ in range(runs)], "commits/s")
    for count in writers:
        name = f"{count} writer{'s' * (count > 1)}"
        created = [Writers(store, count, creations(1)).run(seconds) for _ in range(runs)]
        report(f"{name}, create", created, "commits/s")
        report(f"{name}, update", [Writers(store, count, updates).run(seconds) for _ in range(runs)], "commits/s")
    grouped = [Writers(store, 4, creations(64)).run(seconds) * 64 for _ in range(runs)]
    report("4 writers, 64 rows in each commit", grouped, "rows/s")
    report("commit to watch", [watch_latency(store, value, seconds) for _ in range(runs)], "microseconds")
    report("get", [reads(store, keys, seconds) for _ in range(runs)], "reads/s")
    lists = []
    for _ in range(runs):
        start = time.perf_counter()
        store.list("/bench/update/")
        lists.append((time.perf_counter() - start) * 1e3)
    report(f"list of {keys:,}", lists, "milliseconds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="as for `kubernel up --store`; what is there already is kept, keys under /bench are written")
    parser.add_argument("--writers", default="1,16,64", help="how many commits are under way at once")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of one run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--bytes", type=int, default=700, help="size of a value")
    options = parser.parse_args()
    store: Store = load_plugins().plugins.open("kubernel_open_store", options.url, "store", url=options.url)
    value = (b'{"kind":"ConfigMap","data":"' + b"x" * options.bytes)[: options.bytes]
    try:
        measure(store, [int(count) for count in options.writers.split(",")], options.seconds, options.runs, value)
    finally:
        store.close()


if __name__ == "__main__":
    main()
