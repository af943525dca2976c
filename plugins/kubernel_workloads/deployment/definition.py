"""The definition of deployments, with what `kubectl get deployments` shows."""

from datetime import datetime

from kubernel.objects.columns import AGE, NAME, containers_cell, images_cell, selector_text
from kubernel.ports.resource import Column, ResourceDefinition, Scale
from kubernel.types.json import JSON, Object
from kubernel.types.well_known import DEPLOYMENTS
from kubernel_workloads.deployment.schema import Deployment
from kubernel_workloads.deployment.strategy import DeploymentStrategy


def _spec(deployment: Object) -> Object:
    found: Object = deployment.get("spec") or {}
    return found


def _pod_spec(deployment: Object) -> Object:
    found: Object = (_spec(deployment).get("template") or {}).get("spec") or {}
    return found


def _told(deployment: Object, field: str) -> JSON:
    return (deployment.get("status") or {}).get(field, 0)


def _ready(deployment: Object, now: datetime) -> str:
    return f"{_told(deployment, 'readyReplicas')}/{_spec(deployment).get('replicas', 1)}"


DEPLOYMENT = ResourceDefinition(
    DEPLOYMENTS,
    "Deployment",
    Deployment,
    short_names=("deploy",),
    categories=("all",),
    strategy=DeploymentStrategy(),
    columns=(
        NAME,
        Column("Ready", "string", _ready, "pods that are ready, of those wanted"),
        Column("Up-to-date", "integer", lambda obj, now: _told(obj, "updatedReplicas"), "pods of the newest template"),
        Column("Available", "integer", lambda obj, now: _told(obj, "availableReplicas"), "pods that have been ready long enough"),
        AGE,
        Column("Containers", "string", lambda obj, now: containers_cell(_pod_spec(obj)), "names of its containers", 1),
        Column("Images", "string", lambda obj, now: images_cell(_pod_spec(obj)), "images of its containers", 1),
        Column("Selector", "string", lambda obj, now: selector_text(_spec(obj).get("selector")), "labels of its pods", 1),
    ),
    status=True,
    scale=Scale(),
    description="pods that are rolled out from one version to the next",
)
