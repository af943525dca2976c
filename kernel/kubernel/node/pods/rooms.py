"""The parts that the control loop of pods is made of, built once and handed to each of its steps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kubernel.node.addresses import AddressPool
from kubernel.node.environment.downward import PodFacts
from kubernel.node.environment.references import References
from kubernel.node.pods.admission import PodAdmission
from kubernel.node.pods.hooks import Hooks
from kubernel.node.pods.starting import Starting
from kubernel.node.pods.stopping import Stopping
from kubernel.node.probes.prober import Prober
from kubernel.node.surroundings import Surroundings
from kubernel.node.volumes.volumes import Volumes
from kubernel.ports.client import Informer
from kubernel.types.json import Object


@dataclass(frozen=True, slots=True)
class Rooms:
    """See the module."""

    around: Surroundings
    services: Informer
    addresses: AddressPool
    admission: PodAdmission
    prober: Prober
    volumes: Volumes
    starting: Starting
    stopping: Stopping
    allocatable: Callable[[], Mapping[str, str]]

    def facts(self, pod: Object, addresses: tuple[str, ...]) -> PodFacts:
        """What a pod may learn of itself."""
        config = self.around.config
        return PodFacts(pod, addresses, config.address, config.node_name, self.allocatable())


def build_rooms(
    around: Surroundings,
    services: Informer,
    addresses: AddressPool,
    allocatable: Callable[[], Mapping[str, str]],
    labels: Callable[[], Mapping[str, str]],
) -> Rooms:
    """All parts for one agent."""
    references = References(around.client, around.clock, around.config.reference_seconds)
    hooks = Hooks(around)
    return Rooms(
        around,
        services,
        addresses,
        PodAdmission(around.config.node_name, allocatable, labels),
        Prober(around),
        Volumes(around.directories, references),
        Starting(around, references, services, hooks),
        Stopping(around, hooks),
        allocatable,
    )
