"""The Node object of this agent: pure functions from what the host is to what the API is told."""

from collections.abc import Sequence
from datetime import datetime

import kubernel
from kubernel.node.config import NodeConfig
from kubernel.node.host_facts import HostFacts, HostPressure
from kubernel.ports.runtime import RuntimeStatus
from kubernel.types.conditions import condition_in
from kubernel.types.json import Object
from kubernel.types.times import format_time

_MEBIBYTE, _GIBIBYTE = 1 << 20, 1 << 30
SPEAKS = "v1.32.0"
"""The Kubernetes whose kubelet this agent stands for; clients compare it with the server's version."""
MEMORY_SHORT = 100 * _MEBIBYTE
DISK_SHORT = _GIBIBYTE


def node_labels(config: NodeConfig, facts: HostFacts) -> dict[str, str]:
    """The labels that say what the node is, and those of the configuration."""
    return {
        "beta.kubernetes.io/arch": facts.architecture,
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": facts.architecture,
        "kubernetes.io/hostname": config.node_name,
        "kubernetes.io/os": "linux",
        **config.labels,
    }


def capacity(config: NodeConfig, facts: HostFacts, disk: int) -> dict[str, str]:
    """What the node has, as quantities."""
    found = {
        "cpu": str(facts.cpus),
        "ephemeral-storage": f"{disk // 1024}Ki",
        "memory": f"{facts.memory_bytes // 1024}Ki",
        "pods": str(config.max_pods),
    }
    return {**found, **config.capacity}


def conditions(before: Sequence[Object], runtime: RuntimeStatus, pressure: HostPressure, now: datetime) -> list[Object]:
    """Ready and the pressures. Each keeps its transition time while it stays the same; the heartbeat is now."""
    short_disk = pressure.disk_available < min(DISK_SHORT, pressure.disk_total // 10)
    few_processes = pressure.processes * 10 > pressure.processes_limit * 9
    short_memory = pressure.memory_available < MEMORY_SHORT
    wanted = [
        _pressure("MemoryPressure", short_memory, "KubeletHasSufficientMemory", "sufficient memory available"),
        _pressure("DiskPressure", short_disk, "KubeletHasNoDiskPressure", "no disk pressure"),
        _pressure("PIDPressure", few_processes, "KubeletHasSufficientPID", "sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status")
        if runtime.ready
        else ("Ready", "False", "KubeletNotReady", f"container runtime is down: {runtime.message}"),
    ]
    moment = format_time(now)
    own = {kind for kind, *_ in wanted}
    answer = [condition for condition in before if condition.get("type") not in own]
    for kind, status, reason, message in wanted:
        known = condition_in(before, kind)
        same = known is not None and known.get("status") == status and known.get("lastTransitionTime")
        answer.append(
            {
                "type": kind,
                "status": status,
                "lastHeartbeatTime": moment,
                "lastTransitionTime": known["lastTransitionTime"] if known and same else moment,
                "reason": reason,
                "message": message,
            }
        )
    return answer


def _pressure(kind: str, short: bool, well: str, having: str) -> tuple[str, str, str, str]:
    if short:
        return kind, "True", f"KubeletHas{kind}", f"kubelet has {kind}"
    return kind, "False", well, f"kubelet has {having}"


def node_status(
    config: NodeConfig, facts: HostFacts, runtime: RuntimeStatus, *, disk: int, port: int, checked: Sequence[Object]
) -> Object:
    """The whole status; `checked` are the conditions, `port` is where the agent's server listens."""
    quantities = capacity(config, facts, disk)
    version = config.kubelet_version or f"{SPEAKS}+kubernel-{kubernel.__version__}"
    return {
        "capacity": quantities,
        "allocatable": dict(quantities),
        "conditions": list(checked),
        "addresses": [
            {"type": "InternalIP", "address": config.address},
            {"type": "Hostname", "address": config.node_name},
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
        "nodeInfo": {
            "machineID": facts.machine_id,
            "systemUUID": facts.machine_id,
            "bootID": facts.boot_id,
            "kernelVersion": facts.kernel_version,
            "osImage": facts.os_image,
            "containerRuntimeVersion": f"{runtime.name}://{runtime.version}",
            "kubeletVersion": version,
            "kubeProxyVersion": version,
            "operatingSystem": "linux",
            "architecture": facts.architecture,
        },
    }


def node_object(config: NodeConfig, facts: HostFacts, status: Object) -> Object:
    """The Node as it is created."""
    spec: Object = {}
    if config.pod_cidr:
        spec.update(podCIDR=config.pod_cidr, podCIDRs=[config.pod_cidr])
    if config.taints:
        spec["taints"] = [dict(taint) for taint in config.taints]
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {
            "name": config.node_name,
            "labels": node_labels(config, facts),
            "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true", **config.annotations},
        },
        "spec": spec,
        "status": status,
    }
