"""What runs: the filters in their order (the first one to refuse a node gives the reason) and the weights of the scores."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_FILTERS = (
    "NodeUnschedulable",
    "NodeName",
    "TaintToleration",
    "NodeAffinity",
    "NodePorts",
    "NodeResources",
    "TopologySpread",
    "PodAffinity",
)
DEFAULT_SCORES: Mapping[str, float] = {
    "LeastAllocated": 1.0,
    "BalancedAllocation": 1.0,
    "PreferredNodeAffinity": 2.0,
    "PreferUntainted": 3.0,
    "SelectorSpread": 2.0,
    "PreferredTopologySpread": 2.0,
    "PreferredPodAffinity": 2.0,
}


@dataclass(frozen=True, slots=True)
class Profile:
    """Names from the registry; a score of weight 0 is not asked."""

    filters: tuple[str, ...] = DEFAULT_FILTERS
    scores: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_SCORES))
