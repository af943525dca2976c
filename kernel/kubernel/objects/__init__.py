"""The definitions of everything the API holds: field types, decoding, and the kinds that the kernel itself must know.

`kinds()` lists those; plugins bring the others through `kubernel_register_resources`.
"""

from collections.abc import Sequence

from kubernel.ports.resource import ResourceDefinition


def kinds() -> Sequence[ResourceDefinition]:
    """The kernel's own kinds, in the order of discovery. Their schemas are imported here and not before."""
    from kubernel.objects.coordination.definition import LEASE
    from kubernel.objects.core.configmap.definition import CONFIG_MAP
    from kubernel.objects.core.endpoints.definition import ENDPOINTS
    from kubernel.objects.core.event.definition import EVENT
    from kubernel.objects.core.namespace.definition import NAMESPACE
    from kubernel.objects.core.node.definition import NODE
    from kubernel.objects.core.pod.definition import POD
    from kubernel.objects.core.secret.definition import SECRET
    from kubernel.objects.core.service.definition import SERVICE
    from kubernel.objects.core.serviceaccount.definition import SERVICE_ACCOUNT
    from kubernel.objects.discovery.definition import ENDPOINT_SLICE
    from kubernel.objects.events.definition import EVENTS_EVENT

    return (
        CONFIG_MAP,
        ENDPOINTS,
        EVENT,
        NAMESPACE,
        NODE,
        POD,
        SECRET,
        SERVICE,
        SERVICE_ACCOUNT,
        LEASE,
        ENDPOINT_SLICE,
        EVENTS_EVENT,
    )
