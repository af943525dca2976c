"""Decisions a second of the default scheduler, alone: no API, no binding.

python benchmarks/scheduler.py [NODES] [PODS]
"""

import sys
import time
from typing import Any

from kubernel_scheduler.config import SchedulerConfig
from kubernel_scheduler.scheduler import ArrayScheduler

Pod = dict[str, Any]
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def node(index: int) -> Pod:
    labels = {"kubernetes.io/hostname": f"node-{index}", "topology.kubernetes.io/zone": f"zone-{index % 10}"}
    allocatable = {"cpu": "32", "memory": "256Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    return {"metadata": {"name": f"node-{index}", "labels": labels}, "spec": {}, "status": {"allocatable": allocatable}}


def pod(index: int, **spec: Any) -> Pod:
    requests = {"cpu": "100m", "memory": "128Mi"}
    return {
        "metadata": {
            "name": f"pod-{index}",
            "namespace": "default",
            "uid": f"uid-{index}",
            "labels": {"app": "web"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web", "uid": "owner", "controller": True}],
        },
        "spec": {"containers": [{"name": "c", "image": "web", "resources": {"requests": requests}}], **spec},
    }


def term(topology_key: str) -> Pod:
    return {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": topology_key}


SPREAD = {"maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule", **term("topology.kubernetes.io/zone")}
HOSTS = {"maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway", **term("kubernetes.io/hostname")}
KINDS: dict[str, Pod] = {
    "plain": {},
    "spread": {"topologySpreadConstraints": [SPREAD, HOSTS]},
    "anti-affinity": {"affinity": {"podAntiAffinity": {REQUIRED: [term("kubernetes.io/hostname")]}}},
    "affinity": {"affinity": {"podAffinity": {REQUIRED: [term("topology.kubernetes.io/zone")]}}},
}


def main(nodes: int, pods: int) -> None:
    for name, spec in KINDS.items():
        scheduler = ArrayScheduler(SchedulerConfig(seed=1))
        began = time.perf_counter()
        for index in range(nodes):
            scheduler.set_node(node(index))
        told = time.perf_counter() - began
        waiting = [pod(index, **spec) for index in range(min(pods, nodes))]
        began = time.perf_counter()
        decisions = scheduler.schedule(waiting)
        spent = time.perf_counter() - began
        placed = sum(hasattr(decision, "node_name") for decision in decisions)
        print(f"{name:14} {len(waiting) / spent:10,.0f} decisions/s ({placed} placed; {nodes} nodes told in {told:.2f} s)")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3])) if sys.argv[1:] else main(5000, 5000)
