"""Services: one address for many pods."""

from kubernel.objects import fields as f
from kubernel.objects.meta import Condition, KindSchema

_GROUP = "io.k8s.api.core.v1"


class ServicePort(f.ApiSchema):
    """One port of a service."""

    class Meta:
        definition = f"{_GROUP}.ServicePort"

    appProtocol = f.string("protocol of the application")
    name = f.string("name of the port, needed where there are several")
    nodePort = f.integer("port on every node")
    port = f.integer("port at the service's address", required=True)
    protocol = f.string("TCP, UDP or SCTP", default="TCP", enum=("SCTP", "TCP", "UDP"))
    targetPort = f.int_or_string("port of the pods, by number or name")


class ClientIPConfig(f.ApiSchema):
    """Affinity by the client's address."""

    class Meta:
        definition = f"{_GROUP}.ClientIPConfig"

    timeoutSeconds = f.integer("for how many seconds a client stays with a pod")


class SessionAffinityConfig(f.ApiSchema):
    """Details of session affinity."""

    class Meta:
        definition = f"{_GROUP}.SessionAffinityConfig"

    clientIP = f.obj(ClientIPConfig, "of ClientIP")


class ServiceSpec(f.ApiSchema):
    """What a service is to be."""

    class Meta:
        definition = f"{_GROUP}.ServiceSpec"

    allocateLoadBalancerNodePorts = f.boolean("whether a load balancer's ports get node ports")
    clusterIP = f.string("address inside the cluster; None for a headless service")
    clusterIPs = f.list_of(f.string(), "addresses inside the cluster, one of each family", list_type="atomic")
    externalIPs = f.list_of(f.string(), "further addresses that lead to nodes", list_type="atomic")
    externalName = f.string("DNS name that stands behind a service of type ExternalName")
    externalTrafficPolicy = f.string(
        "Cluster, or Local to stay on the node and keep the client's address", enum=("Cluster", "Local")
    )
    healthCheckNodePort = f.integer("port on which nodes say whether they have pods")
    internalTrafficPolicy = f.string("Cluster, or Local to stay on the node", enum=("Cluster", "Local"))
    ipFamilies = f.list_of(f.string(), "families of its addresses", list_type="atomic")
    ipFamilyPolicy = f.string(
        "SingleStack, PreferDualStack or RequireDualStack", enum=("PreferDualStack", "RequireDualStack", "SingleStack")
    )
    loadBalancerClass = f.string("who makes the load balancer")
    loadBalancerIP = f.string("address wished for the load balancer")
    loadBalancerSourceRanges = f.list_of(f.string(), "who may call the load balancer", list_type="atomic")
    ports = f.list_of(
        ServicePort, "its ports", list_type="map", map_keys=("port", "protocol"), merge_key="port", patch_strategy="merge"
    )
    publishNotReadyAddresses = f.boolean("whether pods that are not ready count as ready")
    selector = f.map_of(f.string(), "labels of its pods", atomic=True)
    sessionAffinity = f.string("None or ClientIP", default="None", enum=("ClientIP", "None"))
    sessionAffinityConfig = f.obj(SessionAffinityConfig, "details of session affinity")
    trafficDistribution = f.string("which pods are preferred")
    type = f.string(
        "ClusterIP, NodePort, LoadBalancer or ExternalName",
        default="ClusterIP",
        enum=("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
    )


class PortStatus(f.ApiSchema):
    """What became of one port of a load balancer."""

    class Meta:
        definition = f"{_GROUP}.PortStatus"

    error = f.string("what went wrong")
    port = f.integer("the port", required=True, allow_empty=True)
    protocol = f.string("TCP, UDP or SCTP", required=True, allow_empty=True)


class LoadBalancerIngress(f.ApiSchema):
    """One way into a load balancer."""

    class Meta:
        definition = f"{_GROUP}.LoadBalancerIngress"

    hostname = f.string("its DNS name")
    ip = f.string("its address")
    ipMode = f.string("VIP or Proxy")
    ports = f.list_of(PortStatus, "its ports", list_type="atomic")


class LoadBalancerStatus(f.ApiSchema):
    """What became of a load balancer."""

    class Meta:
        definition = f"{_GROUP}.LoadBalancerStatus"

    ingress = f.list_of(LoadBalancerIngress, "ways in", list_type="atomic")


class ServiceStatus(f.ApiSchema):
    """What is known of a service."""

    class Meta:
        definition = f"{_GROUP}.ServiceStatus"

    conditions = f.list_of(
        Condition, "aspects of its state", list_type="map", map_keys=("type",), merge_key="type", patch_strategy="merge"
    )
    loadBalancer = f.obj(LoadBalancerStatus, "its load balancer", default={})


class Service(KindSchema):
    """One address for many pods."""

    class Meta:
        definition = f"{_GROUP}.Service"

    spec = f.obj(ServiceSpec, "what it is to be", default={})
    status = f.obj(ServiceStatus, "what is known of it", default={})
