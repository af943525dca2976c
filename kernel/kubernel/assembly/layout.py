"""What a cluster's parts must know of each other: names, addresses, certificates, all derived from identity and settings."""

from kubernel.api.pki import KeyPair, Pki
from kubernel.assembly.data_directory import DataDirectory, Identity
from kubernel.assembly.facts import ClusterFacts, NodeIdentity
from kubernel.assembly.settings import Settings
from kubernel.types.network import pod_cidr, service_cidr


def node_names(settings: Settings) -> list[str]:
    """`node-1` to `node-N`."""
    return [f"node-{number}" for number in range(1, settings.nodes + 1)]


def facts_of(identity: Identity, pki: Pki) -> ClusterFacts:
    """The addresses of the cluster's slot and its CA."""
    return ClusterFacts(pod_cidr(identity.slot), service_cidr(identity.slot), pki.ca().certificate.decode())


def node_identity(name: str, directory: DataDirectory, pki: Pki) -> NodeIdentity:
    """A node's directory and the certificate with which it serves logs; the certificate is made when it is absent."""
    pair = pki.node(name, ["127.0.0.1", "localhost"])
    return NodeIdentity(name, directory.node(name), pair.certificate_path, pair.key_path, pki.ca_path)


def component_certificate(pki: Pki, component: str) -> KeyPair:
    """The client certificate of a component; a member of system:masters, for there is no finer authorization yet."""
    return pki.client(f"system:{component}", ("system:masters",))
