"""Pods created and bound a second, over the API of any cluster: controllers and scheduler at work, nobody running the pods.

    kubernel up &
    python benchmarks/pods.py --pods 1000 --nodes 100
    python benchmarks/pods.py --pods 5000 --nodes 1000 --direct

The nodes exist on paper only: Ready, with room for 110 pods each, and kept alive by nobody, so a run must end within the time
after which the node controller would miss them (40 seconds, unless the cluster says otherwise; `--pods` says how long it takes).
By default a Deployment makes the pods; with `--direct` this program does, over `--connections` connections. Pods and nodes of the
run are removed afterwards.
"""

import argparse
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from kubernel.client.http import HttpClient
from kubernel.client.kubeconfig import load_kubeconfig
from kubernel.types.json import Object
from kubernel.types.references import ResourceType

DEPLOYMENTS = ResourceType("apps", "v1", "deployments")
NAMESPACES = ResourceType("", "v1", "namespaces")
NODES = ResourceType("", "v1", "nodes")
PODS = ResourceType("", "v1", "pods")
PATIENCE = 300.0


class Progress:
    """Counts the run's pods as an informer tells of them, and when the last one came and was bound."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._created: set[str] = set()
        self._bound: set[str] = set()
        self.all_created = self.all_bound = 0.0
        self.done = threading.Event()

    def __call__(self, old: Object | None, new: Object | None) -> None:
        if new is not None:
            self._see(new)

    def _see(self, pod: Object) -> None:
        name = pod["metadata"]["name"]
        self._created.add(name)
        if pod["spec"].get("nodeName"):
            self._bound.add(name)
        now = time.perf_counter()
        if not self.all_created and len(self._created) >= self._expected:
            self.all_created = now
        if len(self._bound) >= self._expected and not self.done.is_set():
            self.all_bound = now
            self.done.set()

    def __str__(self) -> str:
        return f"{len(self._created):,} created, {len(self._bound):,} bound"


def node(name: str, run: str) -> Object:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    times = {"lastHeartbeatTime": now, "lastTransitionTime": now}
    resources = {"cpu": "32", "memory": "256Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "bench": run}},
        "status": {
            "capacity": resources,
            "allocatable": resources,
            "conditions": [{"type": "Ready", "status": "True", "reason": "OnPaper", **times}],
        },
    }


def template(run: str) -> Object:
    """A pod that goes to the run's nodes alone."""
    container = {"name": "c", "image": "pause", "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}}
    return {"metadata": {"labels": {"app": run}}, "spec": {"nodeSelector": {"bench": run}, "containers": [container]}}


def deployment(run: str, pods: int) -> Object:
    spec = {"replicas": pods, "selector": {"matchLabels": {"app": run}}, "template": template(run)}
    return {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "bench", "namespace": run}, "spec": spec}


def pod(run: str, number: int) -> Object:
    made = template(run)
    made["metadata"] |= {"name": f"p-{number:06}", "namespace": run}
    return {"kind": "Pod", "apiVersion": "v1", **made}


def side_by_side(pool: ThreadPoolExecutor, work: Callable[[str], object], names: Iterable[str]) -> None:
    for _ in pool.map(work, names):
        pass


def measure(client: HttpClient, pool: ThreadPoolExecutor, run: str, arguments: argparse.Namespace) -> None:
    progress = Progress(arguments.pods)
    informer = client.informer(PODS, run)
    informer.add_handler(progress)
    informer.wait_synced(PATIENCE)
    began = time.perf_counter()
    if arguments.direct:
        side_by_side(pool, lambda number: client.create(PODS, pod(run, int(number))), map(str, range(arguments.pods)))
    else:
        client.create(DEPLOYMENTS, deployment(run, arguments.pods))
    if not progress.done.wait(PATIENCE):
        raise SystemExit(f"after {PATIENCE:.0f} seconds: {progress}")
    for what, moment in (("created", progress.all_created), ("bound", progress.all_bound)):
        spent = moment - began
        rate = arguments.pods / spent
        print(f"{arguments.pods:,} pods {what:<8} on {arguments.nodes:,} nodes in {spent:6.2f} s, {rate:8,.0f} a second")


def clean(client: HttpClient, pool: ThreadPoolExecutor, run: str, nodes: list[str], *, deployed: bool) -> None:
    if deployed:
        client.delete(DEPLOYMENTS, "bench", run, propagation="Orphan")
        client.delete_collection(ResourceType("apps", "v1", "replicasets"), run)
    names = [found["metadata"]["name"] for found in client.list(PODS, run).items]
    side_by_side(pool, lambda name: client.delete(PODS, name, run, grace_seconds=0), names)
    client.delete(NAMESPACES, run)
    side_by_side(pool, lambda name: client.delete(NODES, name), nodes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kubeconfig", default="~/.kube/config")
    parser.add_argument("--context", default="", help="a context of the kubeconfig; its current one by default")
    parser.add_argument("--pods", type=int, default=1000)
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--direct", action="store_true", help="create the pods here instead of by a Deployment")
    parser.add_argument("--connections", type=int, default=16)
    arguments = parser.parse_args()
    client = HttpClient(load_kubeconfig(Path(arguments.kubeconfig).expanduser(), arguments.context))
    run = f"bench-{secrets.token_hex(3)}"
    nodes = [f"{run}-{number:05}" for number in range(arguments.nodes)]
    with ThreadPoolExecutor(arguments.connections) as pool:
        client.create(NAMESPACES, {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": run}})
        side_by_side(pool, lambda name: client.create(NODES, node(name, run)), nodes)
        try:
            measure(client, pool, run, arguments)
        finally:
            clean(client, pool, run, nodes, deployed=not arguments.direct)
            client.close()


if __name__ == "__main__":
    main()
