"""Deployments and replica sets: kinds, rules, printer columns and controllers, each kind in its own room."""

from kubernel.hooks import hookimpl
from kubernel.hooks.manager import Registrations
from kubernel.ports.controller import ControllerFactory
from kubernel.ports.resource import ResourceDefinition


@hookimpl
def kubernel_register_resources(resources: Registrations[ResourceDefinition]) -> None:
    """Add the kinds of apps/v1."""
    from kubernel_workloads.deployment.definition import DEPLOYMENT
    from kubernel_workloads.replicaset.definition import REPLICA_SET

    for definition in (DEPLOYMENT, REPLICA_SET):
        resources.add(definition.name, definition)


@hookimpl
def kubernel_register_controllers(controllers: Registrations[ControllerFactory]) -> None:
    """Add the control loops of the same kinds."""
    from kubernel_workloads.deployment.controller import DeploymentController
    from kubernel_workloads.replicaset.controller import ReplicaSetController

    controllers.add(DeploymentController.name, DeploymentController)
    controllers.add(ReplicaSetController.name, ReplicaSetController)
