"""The control loops of the cluster's own kinds: namespaces, garbage, endpoints, nodes, pods that nobody looks after."""

from kubernel.hooks import hookimpl
from kubernel.hooks.manager import Registrations
from kubernel.ports.controller import ControllerFactory


@hookimpl
def kubernel_register_controllers(controllers: Registrations[ControllerFactory]) -> None:
    """Add every control loop, by the name that it has in Kubernetes."""
    from kubernel_cluster.endpoints.endpoints import EndpointsController
    from kubernel_cluster.endpoints.mirroring import EndpointSliceMirroring
    from kubernel_cluster.endpoints.slices import EndpointSliceController
    from kubernel_cluster.garbage.controller import GarbageCollector
    from kubernel_cluster.namespaces.lifecycle import NamespaceController
    from kubernel_cluster.namespaces.root_ca import RootCaController
    from kubernel_cluster.namespaces.service_account import ServiceAccountController
    from kubernel_cluster.nodes.eviction import TaintEviction
    from kubernel_cluster.nodes.lifecycle import NodeLifecycle
    from kubernel_cluster.nodes.ranges import NodeRanges
    from kubernel_cluster.pods.collector import PodCollector

    for factory in (
        NamespaceController,
        ServiceAccountController,
        RootCaController,
        GarbageCollector,
        EndpointsController,
        EndpointSliceController,
        EndpointSliceMirroring,
        NodeLifecycle,
        TaintEviction,
        NodeRanges,
        PodCollector,
    ):
        controllers.add(factory.name, factory)
