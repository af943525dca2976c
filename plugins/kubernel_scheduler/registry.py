"""Which filters and scores there are, by name. What runs, in which order and with which weight is the profile's matter."""

from collections.abc import Mapping

from kubernel_scheduler.filters.node_affinity import NodeAffinity
from kubernel_scheduler.filters.node_name import NodeName
from kubernel_scheduler.filters.node_ports import NodePorts
from kubernel_scheduler.filters.node_resources import NodeResources
from kubernel_scheduler.filters.node_unschedulable import NodeUnschedulable
from kubernel_scheduler.filters.pod_affinity import PodAffinity
from kubernel_scheduler.filters.taint_toleration import TaintToleration
from kubernel_scheduler.filters.topology_spread import TopologySpread
from kubernel_scheduler.framework import Filter, Score
from kubernel_scheduler.scores.balanced_allocation import BalancedAllocation
from kubernel_scheduler.scores.least_allocated import LeastAllocated
from kubernel_scheduler.scores.node_affinity import PreferredNodeAffinity
from kubernel_scheduler.scores.pod_affinity import PreferredPodAffinity
from kubernel_scheduler.scores.selector_spread import SelectorSpread
from kubernel_scheduler.scores.taint_toleration import PreferUntainted
from kubernel_scheduler.scores.topology_spread import PreferredTopologySpread

FILTERS: Mapping[str, type[Filter]] = {
    kind.__name__: kind
    for kind in (
        NodeUnschedulable,
        NodeName,
        TaintToleration,
        NodeAffinity,
        NodePorts,
        NodeResources,
        TopologySpread,
        PodAffinity,
    )
}
SCORES: Mapping[str, type[Score]] = {
    kind.__name__: kind
    for kind in (
        LeastAllocated,
        BalancedAllocation,
        PreferredNodeAffinity,
        PreferUntainted,
        SelectorSpread,
        PreferredTopologySpread,
        PreferredPodAffinity,
    )
}
