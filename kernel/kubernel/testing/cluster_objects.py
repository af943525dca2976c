"""Nodes and pods as tests of schedulers want them: what matters given, the rest as a server would fill it."""

from collections.abc import Mapping, Sequence

from kubernel.types.json import JSON, Object


def make_node(
    name: str,
    *,
    labels: Mapping[str, str] | None = None,
    taints: Sequence[Object] = (),
    unschedulable: bool = False,
    cpu: str = "4",
    memory: str = "8Gi",
    pods: int = 110,
    extended: Mapping[str, str] | None = None,
) -> Object:
    """A node with these resources allocatable; `extended` are further ones."""
    resources = {"cpu": cpu, "memory": memory, "pods": str(pods), **(extended or {})}
    spec: Object = {}
    if taints:
        spec["taints"] = list(taints)
    if unschedulable:
        spec["unschedulable"] = True
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}},
        "spec": spec,
        "status": {"allocatable": resources},
    }


def make_pod(
    name: str,
    *,
    namespace: str = "default",
    labels: Mapping[str, str] | None = None,
    cpu: str = "",
    memory: str = "",
    host_port: int = 0,
    node_name: str = "",
    **spec: JSON,
) -> Object:
    """A pod with one container; anything else of `spec` by its own name."""
    requests = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    container: Object = {"name": "main", "image": "busybox", "resources": {"requests": requests} if requests else {}}
    if host_port:
        container["ports"] = [{"containerPort": host_port, "hostPort": host_port, "protocol": "TCP"}]
    wanted: Object = {"containers": [container], "schedulerName": "default-scheduler", **spec}
    if node_name:
        wanted["nodeName"] = node_name
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}", "labels": dict(labels or {})},
        "spec": wanted,
        "status": {"phase": "Pending"},
    }
