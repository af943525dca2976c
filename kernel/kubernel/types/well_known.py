"""The resource types that kubernel's own components work with."""

from kubernel.types.references import ResourceType

PODS = ResourceType("", "v1", "pods")
NODES = ResourceType("", "v1", "nodes")
NAMESPACES = ResourceType("", "v1", "namespaces")
SERVICES = ResourceType("", "v1", "services")
ENDPOINTS = ResourceType("", "v1", "endpoints")
CONFIG_MAPS = ResourceType("", "v1", "configmaps")
SECRETS = ResourceType("", "v1", "secrets")
SERVICE_ACCOUNTS = ResourceType("", "v1", "serviceaccounts")
EVENTS = ResourceType("", "v1", "events")
LEASES = ResourceType("coordination.k8s.io", "v1", "leases")
ENDPOINT_SLICES = ResourceType("discovery.k8s.io", "v1", "endpointslices")
DEPLOYMENTS = ResourceType("apps", "v1", "deployments")
REPLICA_SETS = ResourceType("apps", "v1", "replicasets")
