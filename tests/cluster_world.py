"""Objects of the cluster's own kinds in a world that a test turns, with the controllers that a test names."""

from typing import Any

from kubernel.errors import NotFoundError
from kubernel.objects import kinds
from kubernel.ports.controller import ControllerFactory
from kubernel.testing.controllers import ControllerWorld
from kubernel.types.json import Object
from kubernel.types.times import format_micro_time, format_time
from kubernel.types.well_known import LEASES, NODES, PODS


def cluster_world(*factories: ControllerFactory, **options: Any) -> ControllerWorld:
    named = [(str(getattr(factory, "name", index)), factory) for index, factory in enumerate(factories)]
    options.setdefault("service_cidr", "127.96.0.0/16")
    return ControllerWorld(kinds(), named, options=options)


def config_map(name: str, namespace: str = "default", owners: list[Object] | None = None, **metadata: Any) -> Object:
    owned = {"ownerReferences": owners} if owners else {}
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name, "namespace": namespace, **owned, **metadata}}


def pod(name: str, labels: Object | None = None, node: str = "", **spec: Any) -> Object:
    containers = [{"name": "c", "image": "i", "ports": [{"name": "http", "containerPort": 8080}]}]
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "default", "labels": labels or {"app": "web"}},
        "spec": {"containers": containers, **({"nodeName": node} if node else {}), **spec},
    }


def service(name: str = "web", **spec: Any) -> Object:
    wanted = {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}], **spec}
    return {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {field: value for field, value in wanted.items() if value is not None},
    }


def add_pod(world: ControllerWorld, name: str, address: str = "", *, ready: bool = True, **changes: Any) -> Object:
    """A pod that runs, with an address."""
    world.client.create(PODS, pod(name, **changes))
    return world.set_ready(f"default/{name}", ready, address)


def add_node(world: ControllerWorld, name: str = "n1", ready: str = "True", **changes: Any) -> Object:
    moment = format_time(world.clock.now())
    condition = {
        "type": "Ready",
        "status": ready,
        "lastHeartbeatTime": moment,
        "lastTransitionTime": moment,
        "reason": "KubeletReady",
    }
    node = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": name}, "spec": {}, "status": {"conditions": [condition]}}
    return world.client.create(NODES, {**node, **changes})


def beat(world: ControllerWorld, name: str = "n1") -> None:
    """A node renews its lease."""
    spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": format_micro_time(world.clock.now())}
    metadata = {"name": name, "namespace": "kube-node-lease"}
    try:
        world.client.patch(LEASES, name, {"spec": spec}, "kube-node-lease")
    except NotFoundError:
        world.client.create(LEASES, {"kind": "Lease", "metadata": metadata, "spec": spec})
