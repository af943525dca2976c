"""What `kubernel up` costs a user: how soon it is ready, what memory it takes, what it does with the processor when idle.

    python benchmarks/up.py
    python benchmarks/up.py --starts 7 --idle 20 --objects 48000
    python benchmarks/up.py --option=--single-process --objects 0

Each start is a new cluster in a new directory, on a port that is free. Times count from the command to its line that says so.
Memory is told twice: PSS shares the pages of libraries among those who map them, RSS counts them for everyone. The objects are
ConfigMaps of 690 bytes as the API shows them.
"""

import argparse
import queue
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from kubernel.client.http import HttpClient
from kubernel.client.kubeconfig import load_kubeconfig
from kubernel.types.references import ResourceType

API, READY = "the API answers", "ready in"
PATIENCE = 60.0
CONFIG_MAPS = ResourceType("", "v1", "configmaps")
NAMESPACES = ResourceType("", "v1", "namespaces")


@dataclass(frozen=True)
class Running:
    """A cluster that runs, and when it said what."""

    process: psutil.Process
    kubeconfig: Path
    api_seconds: float
    ready_seconds: float

    def processes(self) -> list[psutil.Process]:
        """The command's own process first, then those that it started."""
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def up(options: list[str]) -> Iterator[Running]:
    """`kubernel up` in a directory of its own, ended afterwards."""
    with tempfile.TemporaryDirectory() as directory:
        kubeconfig = Path(directory) / "kubeconfig"
        command = [sys.executable, "-m", "kubernel", "up", "--data-dir", f"{directory}/data"]
        command += ["--kubeconfig", str(kubeconfig), "--listen", "127.0.0.1:0", *options]
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        lines: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
        reader.start()
        try:
            api = _said(lines, API) - began
            ready = _said(lines, READY) - began
            yield Running(psutil.Process(process.pid), kubeconfig, api, ready)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
            reader.join()


def _read(process: "subprocess.Popen[str]", lines: "queue.SimpleQueue[tuple[float, str]]") -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            lines.put((time.perf_counter(), line))
    lines.put((0.0, ""))


def _said(lines: "queue.SimpleQueue[tuple[float, str]]", words: str) -> float:
    """When it said a line with these words."""
    while True:
        moment, line = lines.get(timeout=PATIENCE)
        if not line:
            raise SystemExit(f"`kubernel up` ended before it said {words!r}")
        if words in line:
            return moment


def start_times(starts: int, options: list[str]) -> None:
    api, ready = [], []
    for _ in range(starts):
        with up(options) as running:
            api.append(running.api_seconds)
            ready.append(running.ready_seconds)
    for name, times in (("API ready", api), ("node Ready", ready)):
        print(f"{name:<24}{statistics.median(times):8.2f} s     (of {starts}: {min(times):.2f} to {max(times):.2f})")


def memory(running: Running, when: str) -> None:
    """A line for each process and one for all."""
    total_pss = total_rss = 0.0
    for process in running.processes():
        info, words = process.memory_full_info(), process.cmdline()
        pss, rss = info.pss / 1e6, info.rss / 1e6
        total_pss, total_rss = total_pss + pss, total_rss + rss
        name = " ".join(words[2:4] if words[1:2] == ["-m"] else words[:2])
        print(f"  {name[:44]:<46}{pss:8.1f} MB PSS {rss:8.1f} MB RSS {process.num_threads():4} threads")
    print(f"{'memory, ' + when:<48}{total_pss:8.1f} MB PSS {total_rss:8.1f} MB RSS")


def idle(running: Running, seconds: float) -> None:
    """What all processes use while nothing is asked of them."""
    before = _processor_seconds(running)
    time.sleep(seconds)
    share = (_processor_seconds(running) - before) / seconds
    print(f"{'idle':<24}{share * 100:8.2f} % of a processor, over {seconds:.0f} s")


def _processor_seconds(running: Running) -> float:
    times = [process.cpu_times() for process in running.processes()]
    return float(sum(spent.user + spent.system for spent in times))


def fill(running: Running, objects: int) -> None:
    """Create ConfigMaps over sixteen connections."""
    client = HttpClient(load_kubeconfig(running.kubeconfig))
    client.create(NAMESPACES, {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "bench"}})

    def create(number: int) -> None:
        metadata = {"name": f"cm-{number:06}", "namespace": "bench"}
        client.create(CONFIG_MAPS, {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": {"x": "x" * 440}})

    with ThreadPoolExecutor(16) as pool:
        for done, _ in enumerate(pool.map(create, range(objects)), 1):
            if done % 1000 == 0 and sys.stderr.isatty():
                print(f"\r{done:,} of {objects:,} objects", end="", file=sys.stderr)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        size = sum(len(piece) for piece in client.raw("GET", "/api/v1/namespaces/bench/configmaps"))
        times.append(time.perf_counter() - began)
    print(f"{'list':<24}{statistics.median(times):8.3f} s     ({objects:,} objects, {size / 1e6:.1f} MB, median of five)")
    client.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=7, help="how many starts the times are medians of")
    parser.add_argument("--idle", type=float, default=20.0, help="seconds over which an idle cluster is watched")
    parser.add_argument("--objects", type=int, default=48_000, help="ConfigMaps to load; 0 for none")
    parser.add_argument("--option", action="append", default=[], help="an option for `kubernel up`; may be repeated")
    arguments = parser.parse_args()
    if arguments.starts:
        start_times(arguments.starts, arguments.option)
    with up(arguments.option) as running:
        idle(running, arguments.idle)
        memory(running, "idle")
        if arguments.objects:
            fill(running, arguments.objects)
            memory(running, f"{arguments.objects:,} objects")


if __name__ == "__main__":
    main()
