"""Deployments and replica sets in a world that a test turns: builders, and the controllers of the workloads plugin."""

from typing import Any

from kubernel.objects import kinds
from kubernel.ports.controller import ControllerFactory
from kubernel.testing.controllers import ControllerWorld
from kubernel.types.json import Object
from kubernel.types.well_known import DEPLOYMENTS, PODS, REPLICA_SETS


def workloads_world(**options: Any) -> ControllerWorld:
    from kubernel_workloads.deployment.controller import DeploymentController
    from kubernel_workloads.deployment.definition import DEPLOYMENT
    from kubernel_workloads.replicaset.controller import ReplicaSetController
    from kubernel_workloads.replicaset.definition import REPLICA_SET

    factories: list[tuple[str, ControllerFactory]] = [("deployment", DeploymentController), ("replicaset", ReplicaSetController)]
    return ControllerWorld([*kinds(), DEPLOYMENT, REPLICA_SET], factories, options=options)


def template(image: str = "web:1", labels: Object | None = None) -> Object:
    return {
        "metadata": {"labels": labels or {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": image}]},
    }


def replica_set(name: str = "web", replicas: int = 3, **spec: Any) -> Object:
    return {
        "kind": "ReplicaSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template(), **spec},
    }


def deployment(name: str = "web", replicas: int = 3, image: str = "web:1", **spec: Any) -> Object:
    wanted = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template(image), **spec}
    return {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {"name": name, "namespace": "default"},
        "spec": wanted,
    }


def bare_pod(name: str, labels: Object | None = None) -> Object:
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "default", "labels": labels or {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]},
    }


__all__ = ["DEPLOYMENTS", "PODS", "REPLICA_SETS", "bare_pod", "deployment", "replica_set", "template", "workloads_world"]
